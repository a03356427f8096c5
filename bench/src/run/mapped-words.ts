import { closeSync, openSync } from "node:fs";
import process from "node:process";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 2n ** 64n - 1n;
const O_RDWR = 2;
/** Deno's and Node's are built for the GNU C library; a Bun that is not maps no words. */
const LIBC = "libc.so.6";

/** What mapping a file takes, by whichever way this runtime has to call C functions. */
interface Mapper {
  open(path: string): number;
  close(descriptor: number): void;
  /** The address, or `MAP_FAILED`. */
  map(descriptor: number, bytes: number): bigint;
  bufferAt(address: bigint, bytes: number): ArrayBuffer;
}

/** Null where there is no way; undefined until looked for. */
let mapper: Mapper | null | undefined;

/** True if a file can be mapped into memory here: Linux, and a runtime whose FFI is switched on and permitted. */
export function canMapWords(): boolean {
  return load() !== null;
}

/**
 * Maps a file of at least `bytes` bytes into memory, so that processes of all runtimes share its words
 * as threads share a SharedArrayBuffer: an increment takes a nanosecond instead of the microseconds of
 * two calls to the operating system, beside which a fast lock could not be seen. The mapping stays
 * until the process ends; nobody shortens the file meanwhile, or a look at it would end the process. It
 * is the bench's own and not that of the locks in mapped files: what is measured must not be what it is
 * measured with.
 *
 * @throws {Error} where `canMapWords()` is false, or the system refuses
 */
export function mapWords(path: string, bytes: number): Int32Array<ArrayBuffer> {
  const by = load();
  if (by === null) throw new Error("Cannot map a file: this runtime calls no C functions.");
  const descriptor = by.open(path);
  try {
    const address = by.map(descriptor, bytes);
    if (address === MAP_FAILED) throw new Error(`Cannot map ${path}: the system refused.`);
    return new Int32Array(by.bufferAt(address, bytes), 0, bytes / 4);
  } finally {
    by.close(descriptor); // the mapping outlives it
  }
}

function load(): Mapper | null {
  if (mapper === undefined) mapper = process.platform === "linux" ? tryToLoad() : null;
  return mapper;
}

function tryToLoad(): Mapper | null {
  try {
    if ("Deno" in globalThis) return denoMapper((globalThis as unknown as { Deno: Deno }).Deno);
    return "Bun" in globalThis ? bunMapper() : nodeMapper();
  } catch {
    return null; // switched off, not permitted, or another C library
  }
}

/** What is used of `node:ffi`, which older versions of Node lack: it must not be imported statically. */
interface NodeFfi {
  dlopen(
    library: string,
    definitions: Readonly<Record<string, unknown>>,
  ): { readonly functions: Readonly<Record<string, (...parameters: unknown[]) => bigint>> };
  toArrayBuffer(address: bigint, length: number, copy: boolean): ArrayBuffer;
}

function nodeMapper(): Mapper | null {
  const { emitWarning } = process;
  try {
    // Each contender would tell its reader once more that this part of Node is an experiment.
    process.emitWarning = () => {};
    const ffi = process.getBuiltinModule("node:ffi") as unknown as NodeFfi | undefined;
    if (ffi === undefined) return null;
    const { functions } = ffi.dlopen(LIBC, {
      mmap: { arguments: ["pointer", "u64", "i32", "i32", "i32", "i64"], return: "pointer" },
    });
    const mmap = functions["mmap"]!;
    return {
      ...ownFiles,
      map: (descriptor, bytes) =>
        mmap(0n, BigInt(bytes), PROT_READ_WRITE, MAP_SHARED, descriptor, 0n),
      bufferAt: (address, bytes) => ffi.toArrayBuffer(address, bytes, false),
    };
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** What is used of `bun:ffi`. */
interface BunFfi {
  dlopen(
    library: string,
    definitions: Readonly<Record<string, unknown>>,
  ): { readonly symbols: Readonly<Record<string, (...parameters: unknown[]) => bigint>> };
  toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer;
}

function bunMapper(): Mapper {
  const ffi = process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
  const { symbols } = ffi.dlopen(LIBC, {
    mmap: { args: ["u64", "u64", "i32", "i32", "i32", "i64"], returns: "u64" },
  });
  const mmap = symbols["mmap"]!;
  return {
    ...ownFiles,
    map: (descriptor, bytes) =>
      BigInt(mmap(0n, BigInt(bytes), PROT_READ_WRITE, MAP_SHARED, descriptor, 0n)),
    // A number holds any address that the kernel gives a process.
    bufferAt: (address, bytes) => ffi.toArrayBuffer(Number(address), 0, bytes),
  };
}

/** The files of Node and Bun. */
const ownFiles: Pick<Mapper, "open" | "close"> = {
  open: (path) => openSync(path, "r+"),
  close: closeSync,
};

/** What is used of `globalThis.Deno`. */
interface Deno {
  dlopen(
    library: string,
    definitions: Readonly<Record<string, unknown>>,
  ): {
    readonly symbols: {
      open(path: Uint8Array, flags: number): number;
      close(descriptor: number): number;
      mmap(...parameters: (number | bigint)[]): bigint;
    };
  };
  readonly UnsafePointer: { create(address: bigint): object | null };
  readonly UnsafePointerView: {
    getArrayBuffer(pointer: object | null, bytes: number): ArrayBuffer;
  };
}

/** By C's `open`: Deno's own opens what lies in /dev/shm only for a process that may do everything. */
function denoMapper({ dlopen, UnsafePointer, UnsafePointerView }: Deno): Mapper {
  const { symbols } = dlopen(LIBC, {
    open: { parameters: ["buffer", "i32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
    mmap: { parameters: ["u64", "u64", "i32", "i32", "i32", "i64"], result: "u64" },
  });
  return {
    open(path) {
      const descriptor = symbols.open(new TextEncoder().encode(`${path}\0`), O_RDWR);
      if (descriptor < 0) throw new Error(`Cannot open ${path}: the system refused.`);
      return descriptor;
    },
    close: (descriptor) => void symbols.close(descriptor),
    map: (descriptor, bytes) =>
      symbols.mmap(0n, BigInt(bytes), PROT_READ_WRITE, MAP_SHARED, descriptor, 0n),
    bufferAt: (address, bytes) =>
      UnsafePointerView.getArrayBuffer(UnsafePointer.create(address), bytes),
  };
}
