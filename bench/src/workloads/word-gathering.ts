import type { Contender } from "@ticketlock/core";
import { type Gathering, LEAD_NS } from "../run/pacer.ts";
import { counterWord, type SharedWords } from "../run/shared-words.ts";

/**
 * Contenders that gather over shared words. Each has a line of its own and is alone in writing to it,
 * since words that lie in a file know no atomic step: beside its private counter stands the number of
 * the last window that it competed in, and in contender 0's line also when that window begins.
 */
export class WordGathering implements Gathering {
  readonly #contender: Contender;
  readonly #words: SharedWords;
  #window = 0;

  constructor(contender: Contender, words: SharedWords) {
    this.#contender = contender;
    this.#words = words;
  }

  /** Every contender calls it once per window that they gather for, so that their numbers agree. */
  next(): this {
    this.#window++;
    return this;
  }

  beginNs(nowNs: bigint): bigint | undefined {
    const { index, startedNs } = this.#contender;
    const words = this.#words;
    if (words.readNow(windowWord(index)) !== this.#window)
      words.writeNow(windowWord(index), this.#window);
    if (index === 0) {
      if (!this.#allCompete()) return undefined;
      // Whole microseconds after the owner's start: 32 bits last for half an hour.
      const beginUs = Number((nowNs + LEAD_NS - startedNs) / 1_000n);
      words.writeNow(BEGIN_US, beginUs);
      words.writeNow(BEGIN_WINDOW, this.#window); // pairs with the read below: the time stands first
      return startedNs + BigInt(beginUs) * 1_000n;
    }
    if (words.readNow(BEGIN_WINDOW) !== this.#window) return undefined;
    return startedNs + BigInt(words.readNow(BEGIN_US)) * 1_000n;
  }

  #allCompete(): boolean {
    for (let i = 0; i < this.#contender.count; i++) {
      if (this.#words.readNow(windowWord(i)) !== this.#window) return false;
    }
    return true;
  }
}

function windowWord(index: number): number {
  return counterWord("private-line", index) + 1;
}

const BEGIN_WINDOW = counterWord("private-line", 0) + 2;
const BEGIN_US = counterWord("private-line", 0) + 3;
