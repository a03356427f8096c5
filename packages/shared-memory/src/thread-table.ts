import { type HolderInfo, TicketlockError } from "@ticketlock/core";
import { exploration } from "./exploration.ts";
import { LINE } from "./shared-region.ts";
import type { ThreadPlatform } from "./thread-platform.ts";

/** Words of one slot. */
const SLOT_WORDS = 16;
/** The thread's number; 0: free; negative: that thread is dead and what it held is still to be freed. */
const THREAD = 0;
/** The operating system's id of the thread and the time it started, 0 where unknown. */
const OS_THREAD = 1;
const OS_START = 2;
/** How many of its acquisitions wait. */
const WAITING = 3;

/**
 * The threads that have opened a lock, in the lock's own memory. A lock word then names its holder
 * by a small number, the member, and every other thread can look up who that is and whether it lives.
 *
 * **Crash behaviour**: whoever learns of a death marks the dead thread's slots, then one thread at a
 * time (the recoverer) frees what the marked members held and then the slots. A slot cannot be used
 * again before, so no recovery ever hits a newcomer who got the same number; and a mark is a
 * compare-and-set on a thread's number, which is never used twice. A recoverer that dies is replaced.
 */
export class ThreadTable {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #size: number;
  readonly #platform: ThreadPlatform;

  /** The word at `base` names the recoverer; the slots begin a line after it. */
  constructor(words: Int32Array, base: number, size: number, platform: ThreadPlatform) {
    this.#words = words;
    this.#base = base;
    this.#size = size;
    this.#platform = platform;
  }

  static words(size: number): number {
    return LINE + (size + 1) * SLOT_WORDS; // and the sweeper's
  }

  /**
   * Enters the calling thread and returns its member number, from 1.
   * @throws {TicketlockError} `QUEUE_FULL` if every slot is taken by a thread that lives.
   */
  enter(recoverMember: (member: number) => void): number {
    return this.#claimSlot(1, this.#size) || this.#sweepAndClaim(recoverMember) || this.#refuse();
  }

  /** Frees the slot of the calling thread. The member must hold nothing. */
  leave(member: number): void {
    Atomics.store(this.#words, this.#at(member) + OS_THREAD, 0);
    Atomics.store(this.#words, this.#at(member) + THREAD, 0);
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
    const threadId = Atomics.load(this.#words, this.#at(member) + THREAD);
    if (threadId <= 0 || !this.#isGone(member)) return false;
    return (
      Atomics.compareExchange(this.#words, this.#at(member) + THREAD, threadId, -threadId) ===
      threadId
    );
  }

  /** Looks at every member, and marks those whose thread certainly exists no more. True if there were any. */
  markGone(): boolean {
    let any = false;
    for (let member = 1; member <= this.#size + 1; member++) any = this.markIfGone(member) || any;
    return any;
  }

  /** True if no thread but `me` has entered. */
  isAlone(me: number): boolean {
    for (let member = 1; member <= this.#size; member++) {
      if (member !== me && Atomics.load(this.#words, this.#at(member) + THREAD) > 0) return false;
    }
    return true;
  }

  /** Lets `recoverMember` free what marked members held, unless somebody else is at it and will do ours as well. */
  recoverDead(me: number, recoverMember: (member: number) => void): void {
    while (this.#anyDead()) {
      exploration.loop("recoverDead");
      const claimant = Atomics.compareExchange(this.#words, this.#base, 0, me);
      if (claimant !== 0) {
        // A living recoverer looks for marks again after it has let go, and ours was set before.
        if (!this.#isDead(claimant) && !this.#isGone(claimant)) return;
        if (Atomics.compareExchange(this.#words, this.#base, claimant, me) !== claimant) continue;
      }
      for (let member = 1; member <= this.#size + 1; member++) {
        if (!this.#isDead(member)) continue;
        recoverMember(member);
        Atomics.store(this.#words, this.#at(member) + WAITING, 0);
        this.leave(member);
      }
      Atomics.compareExchange(this.#words, this.#base, me, 0);
    }
  }

  /** True if the member is the calling thread, through whichever of its openings. */
  isThisThread(member: number): boolean {
    return Atomics.load(this.#words, this.#at(member) + THREAD) === this.#platform.threadId;
  }

  holderInfo(member: number): HolderInfo {
    const osThreadId = Atomics.load(this.#words, this.#at(member) + OS_THREAD);
    const threadId = Math.abs(Atomics.load(this.#words, this.#at(member) + THREAD)); // negative if found dead
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
      if (Atomics.load(this.#words, this.#at(member) + THREAD) > 0)
        sum += Atomics.load(this.#words, this.#at(member) + WAITING);
    }
    return sum;
  }

  /** Frees the slots of threads that nobody watched and that are found gone, and takes one of them. */
  #sweepAndClaim(recoverMember: (member: number) => void): number {
    // Only a member may recover: the slot behind the last is there to be one meanwhile.
    const spare = this.#size + 1;
    if (this.#claimSlot(spare, spare) === 0) {
      if (!this.markIfGone(spare)) return 0;
      this.recoverDead(spare, recoverMember); // takes over what a dead sweeper left
      if (this.#claimSlot(spare, spare) === 0) return 0;
    }
    this.markGone();
    this.recoverDead(spare, recoverMember);
    const member = this.#claimSlot(1, this.#size);
    this.leave(spare);
    return member;
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
      Atomics.store(this.#words, this.#at(member) + OS_START, this.#platform.osThreadStart);
      Atomics.store(this.#words, this.#at(member) + OS_THREAD, this.#platform.osThreadId); // last: from now on it can be looked at
      return member;
    }
    return 0;
  }

  #anyDead(): boolean {
    for (let member = 1; member <= this.#size + 1; member++) if (this.#isDead(member)) return true;
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
