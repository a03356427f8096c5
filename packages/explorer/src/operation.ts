export type OperationName =
  | "load"
  | "store"
  | "compareExchange"
  | "exchange"
  | "add"
  | "sub"
  | "and"
  | "or"
  | "xor"
  | "wait"
  | "poll" // a wait that has no time
  | "notify"
  | "andWakeAll";

/** What an operation gives back: a number, or how a wait has ended. */
export type Result = number | string;

/** What the explored code calls `Atomics` with. Words of 64 bits are not explored. */
export type Words = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

export type WordType = "Int8" | "Uint8" | "Int16" | "Uint16" | "Int32" | "Uint32";

/** One call on `Atomics`, or one of the waits and wake-ups of `Steps`. */
export interface Operation {
  readonly name: OperationName;
  /** The word's number in the `WordTable`. */
  readonly word: number;
  readonly type: WordType;
  /** Operand, value to wait on, or how many to wake. */
  readonly value: number;
  /** What compareExchange compares with. */
  readonly expected: number;
  /** A wait that ends by itself. */
  readonly timed: boolean;
}

/** A number as an array of this type keeps it. */
export function asStored(type: WordType, value: number): number {
  switch (type) {
    case "Int8":
      return (value << 24) >> 24;
    case "Uint8":
      return value & 0xff;
    case "Int16":
      return (value << 16) >> 16;
    case "Uint16":
      return value & 0xffff;
    case "Int32":
      return value | 0;
    case "Uint32":
      return value >>> 0;
  }
}

/** A number as the explorer keeps a word: with its sign, whichever of two arrays over the same bytes has written it. */
export function asKept(type: WordType, value: number): number {
  if (type === "Int32" || type === "Uint32") return value | 0;
  return asStored(type === "Uint8" ? "Int8" : type === "Uint16" ? "Int16" : type, value);
}

/** What the word holds after the operation; waits and wake-ups aside. */
export function wordAfter({ name, type, value, expected }: Operation, word: number): number {
  switch (name) {
    case "store":
    case "exchange":
      return asKept(type, value);
    case "compareExchange":
      return asStored(type, word) === asStored(type, expected) ? asKept(type, value) : word;
    case "add":
      return asKept(type, word + value);
    case "sub":
      return asKept(type, word - value);
    case "and":
    case "andWakeAll":
      return asKept(type, word & value);
    case "or":
      return asKept(type, word | value);
    case "xor":
      return asKept(type, word ^ value);
    default:
      return word;
  }
}

/** What the operation returns that found the word so; waits and wake-ups aside. */
export function resultOf({ name, type, value }: Operation, word: number): number {
  return name === "store" ? value : asStored(type, word);
}

/** True if a wait on this value falls asleep. */
export function wouldSleep({ type, value }: Operation, word: number): boolean {
  return asStored(type, word) === asStored(type, value);
}
