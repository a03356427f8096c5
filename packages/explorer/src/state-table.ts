import { allocate } from "./allocate.ts";
import { GrowingNumbers } from "./growing-numbers.ts";

/** States in one chunk of the table's bytes. */
const CHUNK_BITS = 12;
const CHUNK_STATES: number = 1 << CHUNK_BITS;
const FIRST_CHUNK_BYTES: number = 1 << 10;
const FIRST_SLOTS: number = 1 << 12;

/** Behind whom nobody comes. */
export const NOBODY = 0xffff_ffff;

class Chunk {
  bytes = new Uint8Array(FIRST_CHUNK_BYTES);
  readonly ends = new Uint32Array(CHUNK_STATES);

  write(at: number, from: number, source: Uint8Array, length: number): void {
    if (from + length > this.bytes.length) {
      const longer = allocate(() => new Uint8Array(2 * (from + length)));
      longer.set(this.bytes);
      this.bytes = longer;
    }
    for (let i = 0; i < length; i++) this.bytes[from + i] = source[i]!;
    this.ends[at] = from + length;
  }
}

/**
 * A set of states by their bytes, numbered in the order in which they came, each with the one that it
 * was come to from. Exact: it keeps all the bytes and compares them, so that no state is taken for
 * another. Some 50 bytes a state, outside the engine's heap.
 * While the slots are doubled, which is a third of it, they are held twice.
 */
export class StateTable {
  readonly #chunks: Chunk[] = [];
  readonly #parents = new GrowingNumbers();
  /** Numbers plus one by hash, in the next free slot; 0 where there is none. */
  #slots = new Uint32Array(FIRST_SLOTS);

  get size(): number {
    return this.#parents.length;
  }

  /**
   * The number of the state, which is `size` before the call if the state is new.
   * @throws {OutOfMemory}
   */
  add(key: Uint8Array, length: number, parent: number): number {
    const slot = this.#slotOf(key, length);
    const known = this.#slots[slot]!;
    if (known !== 0) return known - 1;
    const number = this.size;
    this.#write(number, key, length);
    this.#parents.push(parent);
    this.#slots[slot] = number + 1;
    if (2 * this.size > this.#slots.length) this.#rehash();
    return number;
  }

  /** The number of the state, or -1. */
  find(key: Uint8Array, length: number): number {
    return this.#slots[this.#slotOf(key, length)]! - 1;
  }

  parentOf(number: number): number {
    return this.#parents.get(number);
  }

  setParent(number: number, parent: number): void {
    this.#parents.set(number, parent);
  }

  /** Hands the bytes of a state to `read`. */
  read<T>(number: number, read: (bytes: Uint8Array, from: number, to: number) => T): T {
    const chunk = this.#chunks[number >>> CHUNK_BITS]!;
    return read(chunk.bytes, startIn(chunk, number), chunk.ends[number & (CHUNK_STATES - 1)]!);
  }

  #write(number: number, key: Uint8Array, length: number): void {
    const at = number & (CHUNK_STATES - 1);
    if (at === 0) this.#chunks.push(allocate(() => new Chunk()));
    const chunk = this.#chunks.at(-1)!;
    chunk.write(at, startIn(chunk, number), key, length);
  }

  /** Where the state is in `slots`, or would be. */
  #slotOf(key: Uint8Array, length: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(key, 0, length) & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot]!;
      if (known === 0 || this.#isAt(known - 1, key, length)) return slot;
    }
  }

  #isAt(number: number, key: Uint8Array, length: number): boolean {
    const chunk = this.#chunks[number >>> CHUNK_BITS]!;
    const from = startIn(chunk, number);
    if (chunk.ends[number & (CHUNK_STATES - 1)]! - from !== length) return false;
    const { bytes } = chunk;
    for (let i = 0; i < length; i++) if (bytes[from + i] !== key[i]) return false;
    return true;
  }

  #rehash(): void {
    const slots = allocate(() => new Uint32Array(2 * this.#slots.length));
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = this.read(number, hash) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

function startIn(chunk: Chunk, number: number): number {
  const at = number & (CHUNK_STATES - 1);
  return at === 0 ? 0 : chunk.ends[at - 1]!;
}

/** FNV-1a (Glenn Fowler, Landon Curt Noll, Kiem-Phong Vo), its bits mixed once more at the end. */
function hash(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0x811c_9dc5;
  for (let at = from; at < to; at++) sum = Math.imul(sum ^ bytes[at]!, 0x0100_0193);
  sum ^= sum >>> 15;
  sum = Math.imul(sum, 0x85eb_ca6b);
  return (sum ^ (sum >>> 13)) >>> 0;
}
