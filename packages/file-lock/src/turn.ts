/**
 * While others wait, one opening keeps the lock among its own acquisitions for so long at most: handing
 * over to another process costs a thousand times as much.
 */
const TURN_MS = 10;
/** After its turn it lets this long pass: the others are awake by then, and it would always be quicker. */
const COURTESY_MS = 4;

/** For how long one opening may keep a lock that others want, and for how long it then holds back. */
export class Turn {
  /** Since when this opening has had the lock, again and again, while others wait; 0 if it has not. */
  #sinceMs = 0;
  /** When others were last seen to wait. */
  #wantedMs = 0;
  #courteousUntilMs = 0;

  /** How long others have precedence. */
  courtesyMs(): number {
    return Math.max(0, this.#courteousUntilMs - performance.now());
  }

  /**
   * At each release: true if this opening has had the lock for long enough while others wait. They may
   * have to say so anew after each wake-up, so it is remembered for a while.
   */
  ends(othersWait: boolean): boolean {
    const nowMs = performance.now();
    if (othersWait) {
      this.#wantedMs = nowMs;
      this.#sinceMs ||= nowMs;
    } else if (nowMs - this.#wantedMs > TURN_MS) {
      this.#sinceMs = 0;
    }
    if (this.#sinceMs === 0 || nowMs - this.#sinceMs < TURN_MS) return false;
    this.#sinceMs = 0;
    this.#courteousUntilMs = nowMs + COURTESY_MS * (1 + Math.random());
    return true;
  }
}
