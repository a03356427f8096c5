import { allocate } from "./allocate.ts";

const CHUNK_BITS = 14;
const CHUNK: number = 1 << CHUNK_BITS;

/** A list of numbers from 0 to 2^32 - 1, four bytes each. Grows by pieces, so that nothing is ever held twice. */
export class GrowingNumbers {
  readonly #chunks: Uint32Array[] = [];
  length = 0;

  /** @throws {OutOfMemory} */
  push(number: number): void {
    const chunk = this.length >>> CHUNK_BITS;
    if (chunk === this.#chunks.length) this.#chunks.push(allocate(() => new Uint32Array(CHUNK)));
    this.#chunks[chunk]![this.length++ & (CHUNK - 1)] = number;
  }

  /** Takes the last one away, of which there must be one. */
  pop(): number {
    return this.get(--this.length);
  }

  get(at: number): number {
    return this.#chunks[at >>> CHUNK_BITS]![at & (CHUNK - 1)]!;
  }

  set(at: number, number: number): void {
    this.#chunks[at >>> CHUNK_BITS]![at & (CHUNK - 1)] = number;
  }
}
