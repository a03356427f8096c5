// Types only, and so erased: Node 22 and 24 have no such module.
import type * as ffiModule from "node:ffi";
import { type Ffi, openEach } from "./libc.ts";
import { LinuxPlatform } from "./linux-platform.ts";
import { nodeCalls } from "./node-calls.ts";

/** Node on Linux, through node:ffi. */
export class NodePlatform extends LinuxPlatform {
  readonly atomicsAreCalls = true;

  /** @throws {Error} whose message is a reason why mapped locks cannot be had here. */
  constructor() {
    super(nodeFfi(), nodeCalls);
  }
}

/**
 * node:ffi, where there is one: Node 26.1 or newer, not switched off, and permitted.
 * @throws {Error} where there is none.
 */
export function nodeFfi(): Ffi {
  // Not imported: Node 22 and 24, which lack it, must be able to load this module.
  const ffi = process.getBuiltinModule?.("node:ffi") as typeof ffiModule | undefined;
  if (ffi === undefined)
    throw new Error(
      "this Node has no node:ffi (it comes with Node 26.1, unless --no-experimental-ffi turns it off)",
    );
  return {
    // The functions of the process's own image: whatever C library it has.
    open: (table) =>
      openEach(table, (symbol, { parameters, result }) => {
        const signature = { arguments: parameters, return: result };
        return ffi.dlopen(null, { [symbol]: signature }).functions[symbol];
      }),
    bufferAt: (address, bytes) => ffi.toArrayBuffer(address, bytes, false),
    addressOf: (buffer) => ffi.getRawPointer(buffer),
  };
}
