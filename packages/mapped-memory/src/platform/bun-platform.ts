import { bunFault } from "./bun-fault.ts";
import { type Ffi, openEach } from "./libc.ts";
import { LinuxPlatform } from "./linux-platform.ts";
import { nodeCalls } from "./node-calls.ts";

interface Signature {
  readonly args: readonly string[];
  readonly returns: string;
}

interface Library {
  readonly symbols: Readonly<Record<string, unknown>>;
}

/** What this package uses of bun:ffi. */
interface BunFfi {
  readonly dlopen: (path: string, symbols: Readonly<Record<string, Signature>>) => Library;
  readonly toArrayBuffer: (address: number, offset: number, bytes: number) => ArrayBuffer;
  readonly ptr: (memory: ArrayBuffer) => number;
}

/** Bun on Linux, through bun:ffi. */
export class BunPlatform extends LinuxPlatform {
  readonly atomicsAreCalls = false;

  /** @throws {Error} whose message is a reason why mapped locks cannot be had here. */
  constructor() {
    super(loadFfi(), nodeCalls);
  }
}

function loadFfi(): Ffi {
  const fault = bunFault(process.versions["bun"] ?? "");
  if (fault !== undefined) throw new Error(fault);
  // Not imported: no other runtime has such a module.
  const ffi = process.getBuiltinModule("bun:ffi") as BunFfi | undefined;
  if (ffi === undefined) throw new Error("this Bun has no bun:ffi");
  const libc = findLibc(ffi);
  return {
    open: (table) =>
      openEach(table, (symbol, { parameters, result }) => {
        const signature = { args: parameters, returns: result };
        return ffi.dlopen(libc, { [symbol]: signature }).symbols[symbol];
      }),
    // Numbers hold addresses: the kernel gives a process no more than 2 ** 52 of them.
    bufferAt: (address, bytes) => ffi.toArrayBuffer(Number(address), 0, bytes),
    addressOf: (buffer) => BigInt(ffi.ptr(buffer)),
  };
}

/** bun:ffi wants a name: that of the GNU C library, or of musl's. */
function findLibc({ dlopen }: BunFfi): string {
  const names = [
    "libc.so.6",
    process.arch === "x64" ? "libc.musl-x86_64.so.1" : "libc.musl-aarch64.so.1",
  ];
  const found = names.find((name) => {
    try {
      dlopen(name, { getpagesize: { args: [], returns: "i32" } });
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error("the C library cannot be loaded");
  return found;
}
