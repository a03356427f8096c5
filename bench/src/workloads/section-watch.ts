import type { SharedWords } from "../run/shared-words.ts";

/** Looks, from inside a critical section, who else is in there, and whether fencing tokens rise. */
export class SectionWatch {
  readonly #words: SharedWords;
  readonly #insideWord: number;
  readonly #tokenWord: number;
  readonly #me: number;
  #lastToken = 0;
  #overlaps = 0;
  #tokensOutOfOrder = 0;

  /**
   * @param insideWord - holds who is inside; 0 before the first comes in
   * @param tokenWord - holds the low 32 bits of the last token
   * @param index - of the contender
   */
  constructor(words: SharedWords, insideWord: number, tokenWord: number, index: number) {
    this.#words = words;
    this.#insideWord = insideWord;
    this.#tokenWord = tokenWord;
    this.#me = index + 1;
  }

  /** How often somebody else was inside as well. */
  get overlaps(): number {
    return this.#overlaps;
  }

  get tokensOutOfOrder(): number {
    return this.#tokensOutOfOrder;
  }

  /** @param token - 0 from a lock that has none */
  enter(token: number): void {
    if (this.#words.readNow(this.#insideWord) !== 0) this.#overlaps++;
    this.#words.writeNow(this.#insideWord, this.#me);
    if (token !== 0) this.#checkToken(token);
  }

  leave(): void {
    if (this.#words.readNow(this.#insideWord) !== this.#me) this.#overlaps++;
    this.#words.writeNow(this.#insideWord, 0);
  }

  /** Forgets one that ended inside, on the word of a lock that was abandoned. */
  forgetTheDead(): void {
    this.#words.writeNow(this.#insideWord, 0);
  }

  #checkToken(token: number): void {
    const seen = this.#words.readNow(this.#tokenWord);
    // Low 32 bits, compared as a difference so that a wrap is no fault; no token is out of order by 2^31.
    if (token <= this.#lastToken || ((token - seen) | 0) <= 0) this.#tokensOutOfOrder++;
    this.#lastToken = token;
    this.#words.writeNow(this.#tokenWord, token | 0);
  }
}
