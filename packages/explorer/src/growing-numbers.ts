const FIRST_LENGTH = 1024;

/** A list of numbers from 0 to 2^32 - 1, four bytes each. */
export class GrowingNumbers {
  #numbers = new Uint32Array(FIRST_LENGTH);
  length = 0;

  push(number: number): void {
    if (this.length === this.#numbers.length) {
      const longer = new Uint32Array(2 * this.length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.length++] = number;
  }

  get(at: number): number {
    return this.#numbers[at]!;
  }

  set(at: number, number: number): void {
    this.#numbers[at] = number;
  }
}
