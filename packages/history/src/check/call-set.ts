const FULL = 0xffff;

/** A set of calls by their places: bits, 16 in each word. */
export class CallSet {
  readonly #words: Uint16Array;
  /** All words below are full. */
  #low = 0;
  /** All words above are empty. */
  #high = -1;

  constructor(length: number) {
    this.#words = new Uint16Array((length + 15) >> 4);
  }

  has(place: number): boolean {
    return ((this.#words[place >> 4]! >> (place & 15)) & 1) === 1;
  }

  add(place: number): void {
    this.#words[place >> 4]! |= 1 << (place & 15);
    this.#high = Math.max(this.#high, place >> 4);
  }

  delete(place: number): void {
    this.#words[place >> 4]! &= ~(1 << (place & 15));
    this.#low = Math.min(this.#low, place >> 4);
  }

  /**
   * Appends what tells this set from every other of its length, 16 bits in each number, and how many
   * they are: only the words from the first gap to the last place. Equal sets append the same.
   */
  appendTo(codes: number[]): void {
    while (this.#words[this.#low] === FULL) this.#low++;
    while (this.#high >= 0 && this.#words[this.#high] === 0) this.#high--;
    const length = Math.max(0, this.#high - this.#low + 1);
    codes.push(this.#low & FULL, this.#low >>> 16, length & FULL, length >>> 16);
    for (let i = this.#low; i <= this.#high; i++) codes.push(this.#words[i]!);
  }
}
