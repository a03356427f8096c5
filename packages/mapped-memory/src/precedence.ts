import { looks } from "./looks.ts";
import { OVERTAKEN_AT, TOKEN_AT } from "./mutex-layout.ts";

/** What a thread sleeps on that wants to be woken by nobody. */
const nap = new Int32Array(new SharedArrayBuffer(4));
const NAP_MS = 0.1;

/**
 * Keeps a waiter from being overtaken for ever. Who lets the lock go and asks for it again is always
 * quicker than one that has to be woken: with long sections and no pause between them it would never
 * lose. So one that has been overtaken for a while asks for precedence, in a word that all see; whoever
 * next frees the lock for a sleeper withdraws the request, and the next acquisition through the same
 * opening holds back until somebody else has the lock or has not come in time. No more than a courtesy:
 * exclusion does not depend on it. Of a request that a dead waiter leaves, nothing remains but that one
 * acquisition's wait for nobody.
 *
 * After the eventual fairness of WebKit's WTF::Lock (Filip Pizlo, "Locking in WebKit", 2016), which
 * hands over by a timer of the releaser's where this asks the waiter.
 */
export class Precedence {
  readonly #words: Int32Array;
  readonly #isFree: () => boolean;
  #givesWayUntilMs = 0;
  /** Low word of the token of the hold that was ended: another one shows that somebody came. */
  #token = 0;

  /** @param isFree - whether nobody holds the lock */
  constructor(words: Int32Array, isFree: () => boolean) {
    this.#words = words;
    this.#isFree = isFree;
  }

  /**
   * A waiter did not get the lock. If others have had it since the waiter began to wait, when the token was
   * `sinceToken` and performance.now() `sinceMs`, and that is long ago, it asks.
   */
  failed(sinceMs: number, sinceToken: number): void {
    if (performance.now() - sinceMs < looks.patienceMs) return;
    if (this.#words[TOKEN_AT] === sinceToken || this.#isFree()) return;
    if (this.#words[OVERTAKEN_AT] === 0) Atomics.store(this.#words, OVERTAKEN_AT, 1);
  }

  /** A waiter has got the lock, or has given up: others that are still overtaken ask by themselves. */
  done(): void {
    if (this.#words[OVERTAKEN_AT] !== 0) Atomics.store(this.#words, OVERTAKEN_AT, 0);
  }

  /** The calling thread has just ended the hold of this token, and woken somebody. */
  released(token: number): void {
    if (this.#words[OVERTAKEN_AT] === 0) return;
    Atomics.store(this.#words, OVERTAKEN_AT, 0);
    this.#token = token;
    this.#givesWayUntilMs = performance.now() + looks.giveWayMs;
  }

  /** True, after such a release, while others should go first and have not come. */
  isGivingWay(): boolean {
    if (this.#givesWayUntilMs === 0) return false;
    const gives =
      performance.now() < this.#givesWayUntilMs &&
      this.#words[TOKEN_AT] === this.#token &&
      this.#isFree();
    if (!gives) this.#givesWayUntilMs = 0;
    return gives;
  }

  /** Blocks while others should go first, until `endMs` on performance.now() at the latest. */
  giveWay(endMs: number): void {
    while (this.isGivingWay() && performance.now() < endMs) Atomics.wait(nap, 0, 0, NAP_MS);
    this.#givesWayUntilMs = 0;
  }
}
