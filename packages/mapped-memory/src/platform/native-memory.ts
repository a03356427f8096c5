import type { Ffi, Libc } from "./libc.ts";
import { MAPPING } from "./linux.ts";
import type { Address } from "./mapped-platform.ts";

/** The longest path that Linux takes, with the 0 behind it. */
const PATH_BYTES = 4096;
const PATHS = 2;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** The one function without which there is no memory that the system and JavaScript both know. */
export const mapFunctions: {
  readonly mmap: {
    readonly parameters: readonly ["u64", "u64", "i32", "i32", "i32", "i64"];
    readonly result: "u64";
  };
} = { mmap: { parameters: ["u64", "u64", "i32", "i32", "i32", "i64"], result: "u64" } };

/** @throws {Error} if there is no memory. */
export function mapped(address: Address): Address {
  if (address === MAP_FAILED)
    throw new Error("the system would not map memory: there is too little of it");
  return address;
}

/** Private, zeroed pages. */
export function reserve({ mmap }: Libc<typeof mapFunctions>, bytes: number): Address {
  return mapped(mmap(0n, BigInt(bytes), MAPPING.readWrite, MAPPING.privateAnonymous, -1, 0n));
}

/**
 * Memory through which arguments reach the system. Not a JavaScript buffer's: the garbage collector
 * frees those as soon as JavaScript has no more use for them, which may be during the call.
 */
export class NativeMemory {
  readonly address: Address;
  readonly words: BigInt64Array;
  readonly bytes: Uint8Array;
  readonly #texts: Address;
  readonly #textBytes: Uint8Array;
  readonly #encoder = new TextEncoder();

  constructor(ffi: Ffi, libc: Libc<typeof mapFunctions>, bytes: number) {
    this.#texts = reserve(libc, PATHS * PATH_BYTES + bytes);
    this.address = this.#texts + BigInt(PATHS * PATH_BYTES);
    const buffer = ffi.bufferAt(this.address, bytes);
    this.words = new BigInt64Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.#textBytes = new Uint8Array(ffi.bufferAt(this.#texts, PATHS * PATH_BYTES));
  }

  /** The path as C has it. There is room for two at a time. */
  path(path: string, place: 0 | 1 = 0): Address {
    const at = place * PATH_BYTES;
    const room = this.#textBytes.subarray(at, at + PATH_BYTES - 1);
    const { read, written } = this.#encoder.encodeInto(path, room);
    if (read < path.length) throw tooLong(path);
    this.#textBytes[at + written] = 0;
    return this.#texts + BigInt(at);
  }
}

function tooLong(path: string): Error {
  return Object.assign(new Error(`the path ${path.slice(0, 80)}... is too long`), {
    code: "ENAMETOOLONG",
  });
}
