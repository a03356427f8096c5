import { backOff, exploration } from "@ticketlock/shared-memory/building-blocks";

/**
 * A lock word that the Linux kernel understands.
 *
 * | bits       | meaning |
 * |------------|---------|
 * | THREAD_ID  | the operating system's id of the thread that holds the lock, 0: free |
 * | OWNER_DIED | a holder died and no holder has called markConsistent since |
 * | WAITERS    | somebody may be asleep: who frees the lock has to wake one |
 *
 * When a thread ends, however it ends, the kernel walks its robust list, and then looks at the one
 * word that the thread had announced as pending (`handle_futex_death` in kernel/futex/core.c):
 *
 * | the word                       | what the kernel does |
 * |--------------------------------|----------------------|
 * | carries the dead thread's id   | sets it to OWNER_DIED, keeps WAITERS, and wakes one if that is set |
 * | is free, and was pending       | wakes one, changes nothing |
 * | carries another id             | nothing |
 *
 * Before Linux 6.2 the second line asks for a word that is 0 as a whole, which one that keeps WAITERS or
 * OWNER_DIED is not: there nothing is sent again, and the next waiter finds out when its slice is over.
 *
 * So OWNER_DIED can be kept as this package's own mark: the kernel sets it again, and never clears it.
 * A word that carries it is not 0 when it is free, so whoever takes it comes by the slow path and
 * learns of the death there; the fast path has nothing to look at.
 */
export const THREAD_ID = 0x3fff_ffff;
export const OWNER_DIED = 0x4000_0000;
export const WAITERS: number = 0x8000_0000 | 0;
/** WAITERS, by its number. */
export const WAITERS_BIT = 31;

/**
 * Looks at the word before sleeping, each after a rest twice as long: 1 023 rests in all, some 30 us, about
 * what a sleep and a wake-up take. With a quarter of it contenders on two cores slept where two looks
 * more would have done, at a third of their throughput.
 */
const SPINS = 10;

/** What the word needs besides Atomics. */
export interface RobustPort {
  /** Sleeps while the word holds `expected`, at most `timeoutMs`. True if a wake-up ended it. */
  wait(expected: number, timeoutMs: number): boolean;
  /** Wakes at most `count` sleepers and says how many. */
  wake(count: number): number;
  /** Takes WAITERS from the word and wakes all sleepers, in one step of the kernel's that no sleep comes between. */
  clearWaiters(): void;
  /** Announces to the kernel that this thread is about to take or to free the word, or that it no more is. */
  setPending(pending: boolean): void;
}

/** `woken`: by a wake-up. `over`: the time was over, or the word had changed before. */
export type Look = "taken" | "woken" | "over";

/**
 * The steps of a mutex that survives the death of any of its users between any two of them: Atomics
 * on one word, nothing cached across a step.
 *
 * After Ulrich Drepper, "Futexes Are Tricky" (2011), and the kernel's robust futexes (Ingo Molnar and
 * Thomas Gleixner, Documentation/locking/robust-futexes.rst), with four precautions without which a
 * death loses a wake-up:
 *
 * - Who has slept may have been woken, and then owes the word its bit: it takes the lock with WAITERS
 *   set, since others may sleep behind it, and WAITERS outlives a dead holder as well.
 * - From before the first sleep until the word is taken or left, and during a contended release, the
 *   word is announced as pending: a wake-up that dies with its receiver, or with its sender, is sent
 *   again by the kernel.
 * - A contended release leaves WAITERS in the free word. If somebody barges in and the woken waiter
 *   dies then, the kernel sees a holder and wakes nobody; but that holder will.
 * - A release whose wake-up reached nobody clears WAITERS, but not by a compare-and-set: the free word
 *   that it sees may by now be that of a later release, with somebody asleep whom only that bit
 *   protects. The kernel clears it and wakes whoever sleeps in one step, so that where WAITERS is
 *   missing, nobody sleeps. Who is woken by that looks again.
 */
export class RobustWord {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #me: number;
  readonly #port: RobustPort;
  readonly #spins: number;

  /** @param me - the calling thread's id */
  constructor(words: Int32Array, at: number, me: number, port: RobustPort, spins: number = SPINS) {
    this.#words = words;
    this.#at = at;
    this.#me = me;
    this.#port = port;
    this.#spins = spins;
  }

  load(): number {
    return Atomics.load(this.#words, this.#at);
  }

  isFree(): boolean {
    return (this.load() & THREAD_ID) === 0;
  }

  /** Takes the lock if it is free, after a death as well. `add` is WAITERS if the caller may have been woken. */
  tryTake(add: number = 0): boolean {
    for (;;) {
      exploration.loop("tryTake", add);
      const seen = Atomics.load(this.#words, this.#at);
      if ((seen & THREAD_ID) !== 0) return false;
      const next = seen | this.#me | add;
      if (Atomics.compareExchange(this.#words, this.#at, seen, next) === seen) return true;
    }
  }

  /** Tries for as long as a short section lasts. */
  spin(): boolean {
    for (let look = 0; look < this.#spins; look++) {
      if ((Atomics.load(this.#words, this.#at) & THREAD_ID) === 0 && this.tryTake()) return true;
      backOff(look);
    }
    return false;
  }

  /** Before the first sleep: from here on a wake-up does not die with this thread. */
  beginWait(): void {
    this.#port.setPending(true);
  }

  /** Takes the lock if it is free, else sleeps until woken or until `sleepMs` are over. */
  takeOrSleep(hasSlept: boolean, sleepMs: number): Look {
    for (;;) {
      exploration.loop("takeOrSleep", hasSlept);
      const seen = Atomics.load(this.#words, this.#at);
      if ((seen & THREAD_ID) === 0) {
        const next = seen | this.#me | (hasSlept ? WAITERS : 0);
        if (Atomics.compareExchange(this.#words, this.#at, seen, next) !== seen) continue;
        this.#port.setPending(false);
        return "taken";
      }
      const marked = seen | WAITERS;
      if (seen !== marked && Atomics.compareExchange(this.#words, this.#at, seen, marked) !== seen)
        continue;
      return this.#port.wait(marked, sleepMs) ? "woken" : "over"; // pairs with the wake in #releaseContended
    }
  }

  /** Gives up waiting: a wake-up that this thread may have been given goes to the next one. */
  leave(): void {
    this.passOn();
    this.#port.setPending(false);
  }

  /** Sees to it that a waiter is woken now or by the holder, in place of one that was woken and does not come. */
  passOn(): void {
    for (;;) {
      exploration.loop("passOn");
      const seen = Atomics.load(this.#words, this.#at);
      if ((seen & THREAD_ID) === 0) return void this.#port.wake(1);
      if ((seen & WAITERS) !== 0) return;
      if (Atomics.compareExchange(this.#words, this.#at, seen, seen | WAITERS) === seen) return;
    }
  }

  /** For a waiter that sleeps elsewhere: the value on which to sleep, marked with WAITERS; 0 if the lock is free. */
  mark(): number {
    for (;;) {
      exploration.loop("mark");
      const seen = Atomics.load(this.#words, this.#at);
      if ((seen & THREAD_ID) === 0) return 0;
      const marked = seen | WAITERS;
      if (seen === marked || Atomics.compareExchange(this.#words, this.#at, seen, marked) === seen)
        return marked;
    }
  }

  /** The attempt of a thread that was told, by whoever sleeps in its place, that the lock is free. */
  tryTakeWhenTold(): boolean {
    this.#port.setPending(true);
    const taken = this.tryTake(WAITERS);
    this.#port.setPending(false);
    return taken;
  }

  /** Frees the lock and wakes one waiter. False if this thread does not hold it. */
  release(): boolean {
    // Nobody but the holder changes OWNER_DIED while the lock is held.
    const died = Atomics.load(this.#words, this.#at) & OWNER_DIED;
    const uncontended = this.#me | died;
    const seen = Atomics.compareExchange(this.#words, this.#at, uncontended, died);
    if (seen === uncontended) return true;
    if ((seen & THREAD_ID) !== this.#me) return false;
    this.#releaseContended(died);
    return true;
  }

  #releaseContended(died: number): void {
    const free = WAITERS | died;
    this.#port.setPending(true); // dying from here on, the kernel wakes for us
    Atomics.store(this.#words, this.#at, free);
    // Else whoever has it now goes on with WAITERS, and has to see to it in his turn.
    if (this.#port.wake(1) === 0 && Atomics.load(this.#words, this.#at) === free)
      this.#port.clearWaiters();
    this.#port.setPending(false);
  }

  /** Ends OWNER_DIED. The caller holds the lock. */
  markConsistent(): void {
    Atomics.and(this.#words, this.#at, ~OWNER_DIED);
  }
}
