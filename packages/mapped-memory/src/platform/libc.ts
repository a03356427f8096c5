import type { Address } from "./mapped-platform.ts";

/** Types of parameters and results, by names that the FFI of every runtime knows. An address is a `u64`. */
export type ValueType = "i32" | "u32" | "i64" | "u64";

/** A function of the C library. */
export interface LibcFunction {
  /** Its name, where the table's key is another one. */
  readonly symbol?: string;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType;
}

export type LibcTable = Readonly<Record<string, LibcFunction>>;

type Value<T extends ValueType> = T extends "i32" | "u32" ? number : bigint;
type Values<T extends readonly ValueType[]> = { -readonly [I in keyof T]: Value<T[I]> };

/** The functions of a table, to be called. */
export type Libc<T extends LibcTable> = {
  readonly [K in keyof T]: (...values: Values<T[K]["parameters"]>) => Value<T[K]["result"]>;
};

/** What a runtime's way to call the C library gives. */
export interface Ffi {
  open<T extends LibcTable>(table: T): Libc<T>;
  /** The memory as a buffer that neither owns nor frees it. */
  bufferAt(address: Address, bytes: number): ArrayBuffer;
  addressOf(buffer: ArrayBuffer): Address;
}

/** Opens each function by itself: a runtime whose FFI knows a function by its name only would open `syscall` but once. */
export function openEach<T extends LibcTable>(
  table: T,
  open: (symbol: string, signature: LibcFunction) => unknown,
): Libc<T> {
  return Object.fromEntries(
    Object.entries(table).map(([key, each]) => [key, open(each.symbol ?? key, each)]),
  ) as unknown as Libc<T>;
}
