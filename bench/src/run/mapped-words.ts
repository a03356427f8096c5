import { openSync, closeSync } from "node:fs";
import process from "node:process";

/** What is used of `node:ffi`, which older versions of Node lack: it must not be imported statically. */
interface Ffi {
  dlopen(
    library: string,
    definitions: Readonly<Record<string, unknown>>,
  ): { readonly functions: Readonly<Record<string, (...parameters: unknown[]) => bigint>> };
  toArrayBuffer(address: bigint, length: number, copy: boolean): ArrayBuffer;
}

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 2n ** 64n - 1n;

interface Tools {
  readonly ffi: Ffi;
  readonly mmap: (...parameters: unknown[]) => bigint;
}

/** Null where there are none; undefined until looked for. */
let loaded: Tools | null | undefined;

/** True if a file can be mapped into memory here: Linux, and a Node with FFI that is switched on. */
export function canMapWords(): boolean {
  return load() !== null;
}

/**
 * Maps a file of at least `bytes` bytes into memory, so that processes share its words as threads
 * share a SharedArrayBuffer: an increment takes a nanosecond instead of the microseconds of two calls
 * to the operating system, beside which a fast lock could not be seen. The mapping stays until the
 * process ends; nobody shortens the file meanwhile, or a look at it would end the process. It is
 * the bench's own and not that of the locks in mapped files: what is measured must not be what it is
 * measured with.
 *
 * @throws {Error} where `canMapWords()` is false, or the system refuses
 */
export function mapWords(path: string, bytes: number): Int32Array<ArrayBuffer> {
  const tools = load();
  if (tools === null) throw new Error("Cannot map a file: this runtime calls no C functions.");
  const descriptor = openSync(path, "r+");
  try {
    const address = tools.mmap(0n, BigInt(bytes), PROT_READ_WRITE, MAP_SHARED, descriptor, 0n);
    if (address === MAP_FAILED) throw new Error(`Cannot map ${path}: the system refused.`);
    return new Int32Array(tools.ffi.toArrayBuffer(address, bytes, false));
  } finally {
    closeSync(descriptor); // the mapping outlives it
  }
}

function load(): Tools | null {
  if (loaded === undefined) loaded = process.platform === "linux" ? tryToLoad() : null;
  return loaded;
}

function tryToLoad(): Tools | null {
  const { emitWarning } = process;
  try {
    // Each contender would tell its reader once more that this part of Node is an experiment.
    process.emitWarning = () => {};
    const ffi = process.getBuiltinModule("node:ffi") as unknown as Ffi | undefined;
    if (ffi === undefined) return null;
    const { functions } = ffi.dlopen("libc.so.6", {
      mmap: { arguments: ["pointer", "u64", "i32", "i32", "i32", "i64"], return: "pointer" },
    });
    return { mmap: functions["mmap"]!, ffi };
  } catch {
    return null; // switched off, or another C library
  } finally {
    process.emitWarning = emitWarning;
  }
}
