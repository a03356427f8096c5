import {
  ASLEEP_ON,
  BYPASSED,
  CURRENT,
  DEATHS_LEFT,
  INSIDE,
  LIFE,
  memoryAt,
  PLACE,
  RANK,
  type State,
  threadAt,
  TOKEN,
} from "./state.ts";

/** Flags of a thread, beside its life in the lowest two bits. */
const LIFE_BITS = 3;
const IS_INSIDE = 1 << 2;
const HAS_ARRIVED = 1 << 3;
const IS_ASLEEP = 1 << 4;

/** A number takes 5 bytes at most. */
const LONGEST_NUMBER = 5;

/**
 * Writes states as short strings of bytes, equal for equal states, and reads them back. Words that
 * hold what they held at the start are left out at the end, so it does not matter whether they have
 * been looked at yet.
 */
export class StateCodec {
  /** The bytes of the state written last. */
  bytes: Uint8Array = new Uint8Array(256);
  length = 0;
  readonly #threads: number;
  readonly #initial: readonly number[];
  /** Small numbers for the values that occur. */
  readonly #codes = new Map<number, number>();
  readonly #values: number[] = [];

  /** @param initial - what the words hold at the start; may grow */
  constructor(threads: number, initial: readonly number[]) {
    this.#threads = threads;
    this.#initial = initial;
  }

  /** Writes a state to `bytes`. */
  encode(state: State): void {
    const most = (state.length + this.#threads) * LONGEST_NUMBER;
    if (this.bytes.length < most) this.bytes = new Uint8Array(2 * most);
    this.length = 0;
    this.#put(state[DEATHS_LEFT]! * (this.#threads + 1) + state[CURRENT]!);
    this.#put(this.#codeOf(state[TOKEN]!));
    for (let thread = 0; thread < this.#threads; thread++) this.#putThread(state, threadAt(thread));
    const start = memoryAt(this.#threads);
    let end = state.length;
    while (end > start && state[end - 1] === this.#initial[end - 1 - start]) end--;
    for (let at = start; at < end; at++) this.#put(this.#codeOf(state[at]!));
  }

  #putThread(state: State, at: number): void {
    const [arrived, asleep] = [state[at + BYPASSED]!, state[at + ASLEEP_ON]!];
    this.bytes[this.length++] =
      state[at + LIFE]! |
      (state[at + INSIDE] === 0 ? 0 : IS_INSIDE) |
      (arrived === 0 ? 0 : HAS_ARRIVED) |
      (asleep === 0 ? 0 : IS_ASLEEP);
    this.#put(state[at + PLACE]!);
    if (arrived !== 0) this.#put(arrived);
    if (asleep === 0) return;
    this.#put(asleep);
    this.#put(state[at + RANK]!);
  }

  /** The state whose bytes are `bytes` from `from` to `to`. */
  decode(bytes: Uint8Array, from: number, to: number): State {
    const reader = new Reader(bytes, from);
    const header = reader.next();
    const state: State = [0, 0, 0];
    state[TOKEN] = this.#values[reader.next()]!;
    state[CURRENT] = header % (this.#threads + 1);
    state[DEATHS_LEFT] = (header - state[CURRENT]!) / (this.#threads + 1);
    for (let thread = 0; thread < this.#threads; thread++) {
      const flags = reader.next();
      const place = reader.next();
      const arrived = (flags & HAS_ARRIVED) === 0 ? 0 : reader.next();
      const isAsleep = (flags & IS_ASLEEP) !== 0;
      const asleep = isAsleep ? reader.next() : 0;
      const rank = isAsleep ? reader.next() : 0;
      // In the order of the words of a thread.
      const inside = (flags & IS_INSIDE) === 0 ? 0 : 1;
      state.push(place, flags & LIFE_BITS, inside, arrived, asleep, rank);
    }
    while (reader.at < to) state.push(this.#values[reader.next()]!);
    return state;
  }

  /** Seven bits a byte, lowest first; the eighth says that more follow. */
  #put(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  #codeOf(value: number): number {
    let code = this.#codes.get(value);
    if (code === undefined) {
      this.#codes.set(value, (code = this.#values.length));
      this.#values.push(value);
    }
    return code;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
}
