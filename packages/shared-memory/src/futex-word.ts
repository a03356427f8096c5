import { backOff, exploration } from "./exploration.ts";

/**
 * The lock word of FutexMutex.
 *
 * | bits     | meaning |
 * |----------|---------|
 * | HOLDER   | member number of the holder, 0: free |
 * | SLEEPERS | a thread may be asleep on this word: who frees the lock has to wake one |
 * | ASYNC    | a thread may await the async word: who frees the lock has to tell all of them |
 * | ABANDONED| a holder died and no holder has called markConsistent since |
 * | LOST     | the holder was ended but may run on: nobody gets the lock until reset. Counts only together with the mark of the holder's end: a slow thread may set it on a newcomer who got the number of one that is gone |
 *
 * A release clears SLEEPERS and ASYNC together with HOLDER. A woken sleeper then owes the word its
 * bit: it takes the lock with SLEEPERS set, or sets the bit again before it sleeps or leaves, since
 * others may sleep behind it. Asynchronous waiters are all told, because one whose thread is busy or
 * dead would otherwise keep a wake-up to itself.
 */
export const HOLDER = 0xffff;
export const SLEEPERS: number = 1 << 30;
export const ASYNC: number = 1 << 29;
export const ABANDONED: number = 1 << 28;
export const LOST: number = 1 << 27;

/**
 * Looks at the word before sleeping, each after a rest twice as long: 1 023 rests in all, some 30 us, about
 * what a sleep and a wake-up take. With a quarter of it contenders on two cores slept where two looks
 * more would have done, at a third of their throughput.
 */
const SPINS = 10;

/** How one sleep ended; `owes` is the waiter's debt to those who sleep behind it. */
export interface Sleep {
  readonly taken: boolean;
  readonly owes: boolean;
  readonly timedOut: boolean;
}

/**
 * The steps of the algorithm, each on shared memory only: Atomics on two words, nothing cached
 * across a step. Derived from the second mutex of Ulrich Drepper, "Futexes Are Tricky" (2011), with
 * the holder in the word, a second word for waiters that must not block, and death of any of them.
 */
export class FutexWord {
  readonly #words: Int32Array;
  readonly #word: number;
  readonly #asyncWord: number;
  readonly #spins: number;
  readonly #isEnded: (member: number) => boolean;

  /** @param isEnded - whether a member was ended but may run on; never, unless told */
  constructor(
    words: Int32Array,
    word: number,
    asyncWord: number,
    spins: number = SPINS,
    isEnded: (member: number) => boolean = never,
  ) {
    this.#words = words;
    this.#word = word;
    this.#asyncWord = asyncWord;
    this.#spins = spins;
    this.#isEnded = isEnded;
  }

  load(): number {
    return Atomics.load(this.#words, this.#word);
  }

  /** Takes the lock if it is free. Keeps the other bits; `add` sets more of them. */
  tryTake(me: number, add: number = 0): boolean {
    for (;;) {
      exploration.loop("tryTake", add);
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) !== 0) return false;
      if (Atomics.compareExchange(this.#words, this.#word, seen, seen | me | add) === seen)
        return true;
    }
  }

  /** Tries for as long as a short section lasts. */
  spin(me: number): boolean {
    for (let look = 0; look < this.#spins; look++) {
      if ((Atomics.load(this.#words, this.#word) & HOLDER) === 0 && this.tryTake(me)) return true;
      backOff(look);
    }
    return false;
  }

  /**
   * One sleep of a blocking waiter: takes the lock if it is free, else sleeps until woken or until
   * `sleepMs` are over. The caller passes the debt of its last sleep on. Does not sleep on a lost lock.
   */
  sleep(me: number, owes: boolean, sleepMs: number): Sleep {
    for (;;) {
      exploration.loop("sleep", owes);
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) === 0) {
        const next = seen | me | (owes ? SLEEPERS : 0);
        if (Atomics.compareExchange(this.#words, this.#word, seen, next) === seen)
          return { taken: true, owes: false, timedOut: false };
        continue;
      }
      if ((seen & LOST) !== 0) return { taken: false, owes, timedOut: false };
      const marked = seen | SLEEPERS;
      if (
        seen !== marked &&
        Atomics.compareExchange(this.#words, this.#word, seen, marked) !== seen
      )
        continue;
      // From here on the word carries the bit again: the debt is paid until the next wake-up.
      const result = Atomics.wait(this.#words, this.#word, marked, sleepMs); // pairs with the notify in #wake
      return { taken: false, owes: result === "ok", timedOut: result === "timed-out" };
    }
  }

  /** A blocking waiter gives up: a wake-up that it was given goes to the next one. */
  leave(owes: boolean): void {
    if (!owes) return;
    for (;;) {
      exploration.loop("leave");
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) === 0) return void Atomics.notify(this.#words, this.#word, 1);
      if ((seen & SLEEPERS) !== 0) return;
      if (Atomics.compareExchange(this.#words, this.#word, seen, seen | SLEEPERS) === seen) return;
    }
  }

  /**
   * One attempt of an asynchronous waiter. If it fails, the word is marked and the result is the
   * value with which to await the async word: read before the mark, so that a release after the
   * mark has changed it.
   */
  tryTakeOrMark(me: number): number | "taken" {
    for (;;) {
      exploration.loop("async");
      const sequence = Atomics.load(this.#words, this.#asyncWord);
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) === 0) {
        if (Atomics.compareExchange(this.#words, this.#word, seen, seen | me) === seen)
          return "taken";
        continue;
      }
      if (
        (seen & ASYNC) !== 0 ||
        Atomics.compareExchange(this.#words, this.#word, seen, seen | ASYNC) === seen
      )
        return sequence;
    }
  }

  /** Frees the lock and wakes. False if `me` does not hold it, or has lost it. */
  release(me: number): boolean {
    for (;;) {
      exploration.loop("release");
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) !== me || ((seen & LOST) !== 0 && this.#isEnded(me))) return false;
      if (Atomics.compareExchange(this.#words, this.#word, seen, seen & ABANDONED) !== seen)
        continue;
      if ((seen & SLEEPERS) !== 0) Atomics.notify(this.#words, this.#word, 1); // pairs with the wait in sleep
      if ((seen & ASYNC) !== 0) this.wakeAsync();
      return true;
    }
  }

  /** Gives up what an ended thread has taken and was not granted, lost or not: it goes to the next one. */
  letGo(me: number): void {
    for (;;) {
      exploration.loop("letGo");
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) !== me) return;
      if (Atomics.compareExchange(this.#words, this.#word, seen, seen & ABANDONED) === seen) break;
    }
    Atomics.notify(this.#words, this.#word);
    this.wakeAsync();
  }

  /** Clears ABANDONED if `me` holds the lock. */
  markConsistent(me: number): void {
    for (;;) {
      exploration.loop("markConsistent");
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) !== me || (seen & (ABANDONED | LOST)) !== ABANDONED) return;
      if (Atomics.compareExchange(this.#words, this.#word, seen, seen & ~ABANDONED) === seen)
        return;
    }
  }

  /**
   * The member was ended but may run on: what it holds is lost. Wakes everybody in any case, as after
   * a death. Idempotent; anybody may call it.
   */
  lose(ended: number): void {
    for (;;) {
      exploration.loop("lose", ended);
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) !== ended || (seen & LOST) !== 0) break;
      if (Atomics.compareExchange(this.#words, this.#word, seen, seen | LOST) === seen) break;
    }
    Atomics.notify(this.#words, this.#word);
    this.wakeAsync();
  }

  /** True if the lock is lost. */
  isLost(): boolean {
    const seen = Atomics.load(this.#words, this.#word);
    return (seen & LOST) !== 0 && this.#isEnded(seen & HOLDER);
  }

  /** Takes over, for `me`, the lock that the member has lost, abandoned. False if it was not lost, or is no more. */
  takeOver(ended: number, me: number): boolean {
    for (;;) {
      exploration.loop("takeOver", ended);
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) !== ended || (seen & LOST) === 0) return false;
      const next = (seen & (SLEEPERS | ASYNC)) | ABANDONED | me;
      if (Atomics.compareExchange(this.#words, this.#word, seen, next) === seen) return true;
    }
  }

  /**
   * Frees what a dead member held. Wakes everybody in any case: the dead may have been woken without
   * coming to take the lock, or have freed it without coming to wake.
   */
  recover(dead: number): void {
    for (;;) {
      exploration.loop("recover", dead);
      const seen = Atomics.load(this.#words, this.#word);
      if ((seen & HOLDER) !== dead) break;
      if (Atomics.compareExchange(this.#words, this.#word, seen, ABANDONED) === seen) break;
    }
    Atomics.notify(this.#words, this.#word);
    this.wakeAsync();
  }

  /** Lets every asynchronous waiter try again. */
  wakeAsync(): void {
    Atomics.add(this.#words, this.#asyncWord, 1);
    Atomics.notify(this.#words, this.#asyncWord);
  }
}

function never(): boolean {
  return false;
}
