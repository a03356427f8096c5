import { type HolderInfo, TicketlockError } from "@ticketlock/core";
import { exploration } from "./exploration.ts";
import type { Endings } from "./endings.ts";
import type { Members } from "./members.ts";
import { LINE } from "./shared-region.ts";
import type { ThreadPlatform } from "./thread-platform.ts";

/** Words of one slot. */
const SLOT_WORDS = 16;
/**
 * | value              | the slot's thread |
 * |--------------------|-------------------|
 * | 0                  | nobody's: free |
 * | its number         | lives |
 * | its number + ENDED | was ended, but may run on: its slot is not used again, and what it holds is lost |
 * | -its number        | is dead, and what it held is still to be freed |
 */
const THREAD = 0;
const ENDED: number = 1 << 30;
/** The operating system's id of the thread and the time it started, 0 where unknown. */
const OS_THREAD = 1;
const OS_START = 2;
/** How many of its acquisitions wait. */
const WAITING = 3;

/** Members that one look of markSomeGone looks at. */
const LOOKS = 2;

/** Never written, never notified: to pause on. */
const PAUSE = 4;

/** Pauses of a millisecond in which others, who are at it, may free a slot: they look at every thread in /proc. */
const PATIENCE = 1_000;

/**
 * The threads that have opened a lock, in the lock's own memory. A lock word then names its holder
 * by a small number, the member, and every other thread can look up who that is and whether it lives.
 *
 * **Crash behaviour**: whoever learns of a death marks the dead thread's slots, then one thread at a
 * time (the recoverer) frees what the marked members held and then the slots. A slot cannot be used
 * again before, so no recovery ever hits a newcomer who got the same number; and a mark is a
 * compare-and-set on a thread's number, which is never used twice. The recoverer
 * stands in its word by the same kind of number, so that a slow attempt to replace a dead one cannot
 * hit a later one.
 *
 * Where a thread that has ended may run on, it is marked as ended instead. Its number and its slot are
 * then never used again, for whatever it may still do is done in their name; only evidence that it is
 * gone makes a death of it.
 */
export class ThreadTable implements Members, Endings {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #size: number;
  readonly #platform: ThreadPlatform;
  readonly #patience: number;
  #nextLook = 0;

  /** The word at `base` names the recoverer; the slots begin a line after it. */
  constructor(
    words: Int32Array,
    base: number,
    size: number,
    platform: ThreadPlatform,
    patience: number = PATIENCE,
  ) {
    this.#words = words;
    this.#base = base;
    this.#size = size;
    this.#platform = platform;
    this.#patience = patience;
  }

  static words(size: number): number {
    return LINE + (size + 1) * SLOT_WORDS; // and the sweeper's
  }

  /**
   * Enters the calling thread and returns its member number, from 1.
   * @throws {TicketlockError} `QUEUE_FULL` if every slot is taken by a thread that lives.
   */
  enter(recoverMember: (member: number) => void): number {
    const member =
      this.#claimSlot(1, this.#size) || this.#sweepAndClaim(recoverMember) || this.#refuse();
    if (!this.#platform.exitIsDeath) this.#checkOwnNumber(member);
    return member;
  }

  /** Frees the slot of the calling thread. The member must hold nothing. One that was marked as ended stays: whoever marked it may be about to look at what it holds. */
  leave(member: number): void {
    const { threadId } = this.#platform;
    const at = this.#at(member);
    if (Atomics.load(this.#words, at + THREAD) !== threadId) return;
    Atomics.store(this.#words, at + OS_THREAD, 0);
    Atomics.compareExchange(this.#words, at + THREAD, threadId, 0);
  }

  /** Frees the slot of a dead member whose holds have been freed. */
  #bury(member: number): void {
    Atomics.store(this.#words, this.#at(member) + OS_THREAD, 0);
    Atomics.store(this.#words, this.#at(member) + THREAD, 0);
  }

  markEnded(threadId: number, lose: (member: number) => void): void {
    for (let member = 1; member <= this.#size + 1; member++) {
      Atomics.compareExchange(this.#words, this.#at(member) + THREAD, threadId, threadId | ENDED);
      const isTheirs = Atomics.load(this.#words, this.#at(member) + THREAD) === (threadId | ENDED);
      if (isTheirs && !this.markIfGone(member) && member <= this.#size) lose(member);
    }
  }

  isEnded(member: number): boolean {
    const thread = Atomics.load(this.#words, this.#at(member) + THREAD);
    if (thread >= 0) return (thread & ENDED) !== 0;
    // Dead; but who was to free its holds was ended over it, and nobody may take that one's place.
    const recoverer = Atomics.load(this.#words, this.#base);
    return recoverer !== 0 && this.#hasEnded(recoverer);
  }

  /** A thread's own mark, read as plainly as the token: for the uncontended path. */
  wasEnded(me: number): boolean {
    return this.#words[this.#at(me) + THREAD] !== this.#platform.threadId;
  }

  #hasEnded(threadId: number): boolean {
    for (let member = 1; member <= this.#size + 1; member++)
      if (Atomics.load(this.#words, this.#at(member) + THREAD) === (threadId | ENDED)) return true;
    return false;
  }

  /** Numbers that are drawn, because the runtime gives none, may be drawn twice: whoever comes second is refused. */
  #checkOwnNumber(member: number): void {
    const { threadId, osThreadId, osThreadStart } = this.#platform;
    for (let other = 1; other <= this.#size; other++) {
      const thread = Atomics.load(this.#words, this.#at(other) + THREAD);
      if ((thread & ~ENDED) !== threadId) continue;
      const isOwn =
        thread === threadId &&
        Atomics.load(this.#words, this.#at(other) + OS_THREAD) === osThreadId &&
        Atomics.load(this.#words, this.#at(other) + OS_START) === osThreadStart;
      if (isOwn) continue;
      this.leave(member);
      throw new TicketlockError(
        "LOCK_UNAVAILABLE",
        "Cannot open the lock: this thread was ended, or another that has it open has drawn the same number. Open it in a new thread.",
      );
    }
  }

  /** Marks every slot of the thread of this number as dead. The caller knows that it runs no more. */
  markThread(threadId: number): void {
    for (let member = 1; member <= this.#size + 1; member++) {
      Atomics.compareExchange(this.#words, this.#at(member) + THREAD, threadId, -threadId);
    }
  }

  /** Looks whether the member's thread still exists, and marks it dead if it certainly does not. */
  markIfGone(member: number): boolean {
    // The number is read first: should the slot change hands in between, the mark fails.
    const thread = Atomics.load(this.#words, this.#at(member) + THREAD);
    if (thread <= 0 || !this.#isGone(member)) return false;
    const dead = -(thread & ~ENDED);
    return Atomics.compareExchange(this.#words, this.#at(member) + THREAD, thread, dead) === thread;
  }

  /** Looks at every member, and marks those whose thread certainly exists no more. */
  markGone(): void {
    for (let member = 1; member <= this.#size; member++) this.markIfGone(member);
  }

  /** The same for the next few members only: a look that costs little, and gets round to all of them. */
  markSomeGone(): void {
    for (let looks = 0, steps = 0; looks < LOOKS && steps < this.#size; steps++) {
      this.#nextLook = (this.#nextLook % this.#size) + 1;
      const thread = Atomics.load(this.#words, this.#at(this.#nextLook) + THREAD);
      if (thread <= 0 || (thread & ~ENDED) === this.#platform.threadId) continue;
      this.markIfGone(this.#nextLook);
      looks++;
    }
  }

  /** True if no thread but `me` has entered. */
  isAlone(me: number): boolean {
    for (let member = 1; member <= this.#size; member++) {
      if (member !== me && this.#lives(member)) return false;
    }
    return true;
  }

  /** True if the member has a thread that is neither dead nor ended. */
  #lives(member: number): boolean {
    const thread = Atomics.load(this.#words, this.#at(member) + THREAD);
    return thread > 0 && (thread & ENDED) === 0;
  }

  /** Lets `recoverMember` free what marked members held, unless somebody else is at it and will do ours as well. */
  recoverDead(recoverMember: (member: number) => void): void {
    const me = this.#platform.threadId;
    while (this.#anyDead()) {
      exploration.loop("recoverDead");
      const recoverer = Atomics.compareExchange(this.#words, this.#base, 0, me);
      if (recoverer !== 0 && recoverer !== me) {
        // A living recoverer looks for marks again after it has let go, and ours was set before.
        if (this.#isAtWork(recoverer)) return;
        if (Atomics.compareExchange(this.#words, this.#base, recoverer, me) !== recoverer) continue;
      }
      for (let member = 1; member <= this.#size; member++) {
        if (!this.#isDead(member)) continue;
        recoverMember(member);
        Atomics.store(this.#words, this.#at(member) + WAITING, 0);
        this.#bury(member);
      }
      Atomics.compareExchange(this.#words, this.#base, me, 0);
    }
  }

  /** A thread that recovers has a slot all the while; without a living one it is dead. One that was ended may still be at it. */
  #isAtWork(threadId: number): boolean {
    for (let member = 1; member <= this.#size + 1; member++) {
      if ((Atomics.load(this.#words, this.#at(member) + THREAD) & ~ENDED) !== threadId) continue;
      return !this.markIfGone(member);
    }
    return false;
  }

  /** True if the member is the calling thread, through whichever of its openings. */
  isThisThread(member: number): boolean {
    const thread = Atomics.load(this.#words, this.#at(member) + THREAD);
    return (thread & ~ENDED) === this.#platform.threadId;
  }

  holderInfo(member: number): HolderInfo {
    const osThreadId = Atomics.load(this.#words, this.#at(member) + OS_THREAD);
    const threadId = Math.abs(Atomics.load(this.#words, this.#at(member) + THREAD)) & ~ENDED; // negative if found dead
    const id = this.#platform.runtimeId(threadId);
    return osThreadId === 0 ? { id } : { id, osThreadId };
  }

  /** Counts an acquisition that begins (1) or ends (-1) to wait. */
  countWaiting(member: number, change: 1 | -1): void {
    Atomics.add(this.#words, this.#at(member) + WAITING, change);
  }

  /** How many acquisitions wait, in all threads. */
  waiting(): number {
    let sum = 0;
    for (let member = 1; member <= this.#size; member++) {
      if (this.#lives(member)) sum += Atomics.load(this.#words, this.#at(member) + WAITING);
    }
    return sum;
  }

  /**
   * Frees the slots of threads that nobody watched and that are found gone, and takes one of them;
   * 0 if all live. Where others are at it, waits until they have freed some.
   */
  #sweepAndClaim(recoverMember: (member: number) => void): number {
    // Only who has a slot may recover: the one behind the last is there to be had meanwhile.
    const spare = this.#size + 1;
    for (let patience = this.#patience; patience > 0; patience--) {
      exploration.loop("sweep", patience);
      const sweeps = this.#claimSlot(spare, spare) !== 0 || this.#inherit(spare);
      if (sweeps) this.markGone();
      if (sweeps) this.recoverDead(recoverMember);
      const othersAreAtIt = !sweeps || this.#anyDead();
      const member = this.#claimSlot(1, this.#size);
      if (sweeps) this.leave(spare);
      if (member !== 0 || !othersAreAtIt) return member;
      Atomics.wait(this.#words, this.#at(spare) + PAUSE, 0, 1);
    }
    return 0;
  }

  /** Takes over the spare slot of a sweeper that is gone. It never holds anything, so there is nothing to free. */
  #inherit(spare: number): boolean {
    const at = this.#at(spare) + THREAD;
    const { threadId } = this.#platform;
    this.markIfGone(spare);
    const dead = Atomics.load(this.#words, at);
    if (dead >= 0 || Atomics.compareExchange(this.#words, at, dead, threadId) !== dead)
      return false;
    this.#introduce(spare);
    return true;
  }

  #refuse(): never {
    throw new TicketlockError(
      "QUEUE_FULL",
      `Cannot open the lock: it has room for ${this.#size} contenders and all are taken. Close it where it is not used, or create it with a larger maxContenders.`,
    );
  }

  /** Takes a free slot from `first` to `last`; 0 if there is none. */
  #claimSlot(first: number, last: number): number {
    for (let member = first; member <= last; member++) {
      if (
        Atomics.compareExchange(
          this.#words,
          this.#at(member) + THREAD,
          0,
          this.#platform.threadId,
        ) !== 0
      )
        continue;
      this.#introduce(member);
      return member;
    }
    return 0;
  }

  #introduce(member: number): void {
    Atomics.store(this.#words, this.#at(member) + OS_START, this.#platform.osThreadStart);
    Atomics.store(this.#words, this.#at(member) + OS_THREAD, this.#platform.osThreadId); // last: from now on it can be looked at
  }

  #anyDead(): boolean {
    for (let member = 1; member <= this.#size; member++) if (this.#isDead(member)) return true;
    return false;
  }

  #isDead(member: number): boolean {
    return Atomics.load(this.#words, this.#at(member) + THREAD) < 0;
  }

  #isGone(member: number): boolean {
    const osThread = Atomics.load(this.#words, this.#at(member) + OS_THREAD);
    if (osThread === 0) return false;
    return (
      this.#platform.threadState(
        osThread,
        Atomics.load(this.#words, this.#at(member) + OS_START),
      ) === "gone"
    );
  }

  #at(member: number): number {
    return this.#base + LINE + (member - 1) * SLOT_WORDS;
  }
}
