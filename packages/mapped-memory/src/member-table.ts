import { TicketlockError } from "@ticketlock/core";
import { processStartTime } from "./state/host-identity.ts";

/** Words of one slot. */
const SLOT_WORDS = 4;
/** The operating system's id of the member's thread, 0: free. */
const THREAD = 0;
/** When that thread was started, folded to 31 bits: an id is used again, together with this it is not. 0: not known yet. */
const START = 1;
const PROCESS = 2;
/** How many of its acquisitions wait. */
const WAITING = 3;

/**
 * The threads that have a lock open, in the lock's own file: who they are and how many of their
 * acquisitions wait. Nothing about mutual exclusion depends on it.
 *
 * **Crash behaviour**: a dead thread's slot stays until somebody needs it; what it says is not counted.
 */
export class MemberTable {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #size: number;
  #slot = 0;

  constructor(words: Int32Array, base: number, size: number) {
    this.#words = words;
    this.#base = base;
    this.#size = size;
  }

  static words(size: number): number {
    return size * SLOT_WORDS;
  }

  /**
   * Enters the calling thread.
   * @throws {TicketlockError} `QUEUE_FULL` if every slot is taken by a thread that lives.
   */
  enter(processId: number, threadId: number): void {
    const at = this.#claim(threadId, false) ?? this.#claim(threadId, true);
    if (at === undefined)
      throw new TicketlockError(
        "QUEUE_FULL",
        `Cannot open the lock: it has room for ${this.#size} contenders and all are taken. Close it where it is not used, or create it with a larger maxContenders.`,
      );
    Atomics.store(this.#words, at + WAITING, 0);
    Atomics.store(this.#words, at + PROCESS, processId);
    Atomics.store(this.#words, at + START, startOf(threadId) ?? 0);
    this.#slot = at;
  }

  leave(): void {
    Atomics.store(this.#words, this.#slot + START, 0);
    Atomics.store(this.#words, this.#slot + THREAD, 0);
  }

  /** Counts an acquisition of the calling thread that begins (1) or ends (-1) to wait. */
  countWaiting(change: 1 | -1): void {
    Atomics.add(this.#words, this.#slot + WAITING, change);
  }

  /** How many acquisitions wait, in all threads that live. */
  waiting(): number {
    let sum = 0;
    for (const at of this.#slots()) {
      const waiting = Atomics.load(this.#words, at + WAITING);
      if (waiting > 0 && Atomics.load(this.#words, at + THREAD) !== 0 && !this.#isDead(at))
        sum += waiting;
    }
    return sum;
  }

  /** The process of a member's thread, `undefined` if it is no member. */
  processOf(threadId: number): number | undefined {
    for (const at of this.#slots()) {
      if (Atomics.load(this.#words, at + THREAD) === threadId)
        return Atomics.load(this.#words, at + PROCESS);
    }
    return undefined;
  }

  /** Takes a free slot, or else one whose thread has ended. */
  #claim(threadId: number, fromDead: boolean): number | undefined {
    for (const at of this.#slots()) {
      const member = Atomics.load(this.#words, at + THREAD);
      if (fromDead ? member === 0 || !this.#isDead(at) : member !== 0) continue;
      if (Atomics.compareExchange(this.#words, at + THREAD, member, threadId) === member) return at;
    }
    return undefined;
  }

  #isDead(at: number): boolean {
    const start = Atomics.load(this.#words, at + START);
    const now = startOf(Atomics.load(this.#words, at + THREAD));
    return now === undefined || (start !== 0 && now !== 0 && start !== now);
  }

  *#slots(): Generator<number> {
    for (let i = 0; i < this.#size; i++) yield this.#base + i * SLOT_WORDS;
  }
}

/** 0 where the system does not tell, `undefined` if there is no such thread. */
function startOf(threadId: number): number | undefined {
  const start = processStartTime(threadId); // /proc knows threads by their ids as well
  return start === undefined ? undefined : Number(start) % 2 ** 31;
}
