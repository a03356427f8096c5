import { CannotExplore } from "./cannot-explore.ts";
import { asKept, asStored, type Words, type WordType } from "./operation.ts";
import { Random } from "./random.ts";

/** Which word an element of an array is, and how that array reads it. */
export interface WordPlace {
  readonly word: number;
  readonly type: WordType;
}

/** Names of words, for traces: the array and the index of each. */
export type WordNames = Readonly<Record<string, readonly [array: Words, index: number]>>;

interface Word {
  readonly buffer: number;
  readonly byteAt: number;
  readonly bytes: number;
  readonly type: WordType;
  /** Shows what the real memory holds. */
  readonly real: Words;
}

/** What there is in front of a word that could overlap it. */
const LONGEST_BYTES = 4;

const views: Readonly<
  Record<string, new (buffer: ArrayBufferLike, byteAt: number, length: number) => Words>
> = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
};

/**
 * The words that the explored code has come to, numbered in the order of their first use. Two elements
 * are one word if they lie in one buffer at one place, whichever arrays show them. A word begins with
 * what the real memory holds, and that is what the memory holds after the exploration.
 */
export class WordTable {
  /** What each word holds at the start, with its sign. */
  readonly initial: number[] = [];
  readonly #words: Word[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #buffers = new Map<ArrayBufferLike, number>();
  readonly #names = new Map<string, string>();
  readonly #random = new Random(1);

  constructor(names: WordNames = {}) {
    for (const [name, [array, index]] of Object.entries(names))
      this.#names.set(this.#keyOf(array, this.#byteAt(array, index)), name);
  }

  /**
   * The word behind an element.
   * @throws {RangeError} as Atomics does, if the array has no such element.
   * @throws {CannotExplore} if Atomics has, or the explorer knows, no such array.
   */
  find(array: Words, index: number): WordPlace {
    const byteAt = this.#byteAt(array, index);
    const key = this.#keyOf(array, byteAt);
    const type = array[Symbol.toStringTag].slice(0, -"Array".length) as WordType;
    const known = this.#numbers.get(key);
    const bytes = array.BYTES_PER_ELEMENT;
    if (known !== undefined && this.#words[known]!.bytes === bytes) return { word: known, type };
    this.#checkApart(array, byteAt, bytes);
    const real = new views[`${type}Array`]!(array.buffer, byteAt, 1);
    const word = this.#words.length;
    this.#words.push({ buffer: this.#bufferOf(array), byteAt, bytes, type, real });
    this.initial.push(asKept(type, real[0]!));
    this.#numbers.set(key, word);
    return { word, type };
  }

  /** As the model names it, else by its index; `b2[0]` is the first of the second buffer that was used. */
  nameOf(word: number): string {
    const { buffer, byteAt, bytes } = this.#words[word]!;
    const name = this.#names.get(`${buffer}:${byteAt}`);
    return name ?? `${buffer === 0 ? "" : `b${buffer + 1}`}[${byteAt / bytes}]`;
  }

  /** All words in the order of their places. */
  inOrder(): number[] {
    const place = (word: number): number =>
      this.#words[word]!.buffer * 2 ** 40 + this.#words[word]!.byteAt;
    return this.#words.map((_, word) => word).sort((a, b) => place(a) - place(b));
  }

  /**
   * Runs code that must reach the words through Atomics only. Meanwhile the real memory holds other
   * numbers each time: so a plain write shows, also of what was there at the start, and a plain read
   * gives nothing that a program could go by. Words met for the first time keep what they hold.
   * @throws {CannotExplore} if the code has written to the real memory
   */
  watch<T>(code: () => T): T {
    const held = this.#words.map(({ type, real }, word) => (real[0] = this.#otherThan(word, type)));
    let changed = -1;
    try {
      return code();
    } finally {
      for (const [word, { real }] of this.#words.entries()) {
        const isSame = word < held.length ? real[0] === held[word] : this.#isInitial(word);
        if (!isSame) changed = word;
        real[0] = this.initial[word]!;
      }
      if (changed >= 0) this.#refuseWrite(changed);
    }
  }

  #otherThan(word: number, type: WordType): number {
    const number = asStored(type, this.#random.below(2 ** 32));
    return asKept(type, number) === this.initial[word] ? asStored(type, number + 1) : number;
  }

  #isInitial(word: number): boolean {
    const { type, real } = this.#words[word]!;
    return asKept(type, real[0]!) === this.initial[word];
  }

  #refuseWrite(word: number): never {
    throw new CannotExplore(
      `${this.nameOf(word)} was written without Atomics, which is not seen. Let every access to shared memory go through Atomics.`,
    );
  }

  #checkApart(array: Words, byteAt: number, bytes: number): void {
    for (let at = byteAt - LONGEST_BYTES + 1; at < byteAt + bytes; at++) {
      const other = this.#numbers.get(this.#keyOf(array, at));
      if (other === undefined || at + this.#words[other]!.bytes <= byteAt) continue;
      throw new CannotExplore(
        `the same bytes are used as words of ${bytes * 8} and of ${this.#words[other]!.bytes * 8} bits. Use one size for a word.`,
      );
    }
  }

  #byteAt(array: Words, index: number): number {
    const kind = (array as { readonly [Symbol.toStringTag]?: unknown } | undefined)?.[
      Symbol.toStringTag
    ];
    if (typeof kind !== "string" || views[kind] === undefined)
      throw new CannotExplore(
        `Atomics was called with ${describeArray(kind, array)}. Words are elements of integer arrays of up to 32 bits, such as Int32Array.`,
      );
    const element = Math.trunc(Number(index)) || 0;
    if (element < 0 || element >= array.length)
      throw new RangeError(`index ${element} of an array of length ${array.length}`);
    return array.byteOffset + element * array.BYTES_PER_ELEMENT;
  }

  #keyOf(array: Words, byteAt: number): string {
    return `${this.#bufferOf(array)}:${byteAt}`;
  }

  #bufferOf({ buffer }: Words): number {
    let number = this.#buffers.get(buffer);
    if (number === undefined) this.#buffers.set(buffer, (number = this.#buffers.size));
    return number;
  }
}

function describeArray(kind: unknown, array: unknown): string {
  return typeof kind === "string" ? kind : String(array);
}
