import {
  DONE,
  doneOf,
  entryOf,
  freeFor,
  lapOf,
  lapOfTicket,
  ownerOf,
  stateOf,
  takeEntry,
  withState,
} from "./entry-word.ts";
import { exploration, pause } from "./exploration.ts";

/**
 * The waiting line of FifoMutex: a ring of entries, one for each acquisition, in order of arrival.
 *
 * HEAD and TAIL count acquisitions; acquisition t has entry t mod size. An entry's state is DONE
 * (over, or not yet), WAITING (in line), HOLDING (has the lock) or LOST (had it, and was ended, but
 * may run on).
 *
 * The lock belongs to the entry at HEAD once it is HOLDING; while that entry is DONE, HEAD moves on.
 * An entry is taken by one compare-and-set from DONE of the lap before, which enters its owner at
 * the same time, so that there is never a place in the line without a name to it. TAIL and HEAD only
 * follow what the entries say, and whoever comes by moves them: a thread that dies between two steps
 * leaves nothing that others could not finish.
 *
 * A thread that was ended but may run on is passed over like a dead one. Its entry may then be taken in
 * a later lap: whatever it still does to the entry is a compare-and-set from its own number and lap,
 * and its number is given to nobody else. Behind a LOST entry nobody waits.
 */
const WAITING = 1;
const HOLDING = 2;
const LOST = 3;

/** Words from one entry to the next: waiters on neighbouring entries do not share a cache line. */
const ENTRY_WORDS = 16;

const SPINS = 40;

/** Where one acquisition stands in the line. */
export interface Place {
  /** Index of the entry's word, on which its waiter sleeps. */
  readonly at: number;
  /** The word while the acquisition waits. */
  readonly waiting: number;
}

/** Where the ring's words lie. */
export interface FifoLayout {
  readonly headAt: number;
  readonly tailAt: number;
  /** Set before the lock of a dead holder is handed on. */
  readonly abandonedAt: number;
  readonly entriesAt: number;
  /** Number of entries, a power of two. */
  readonly size: number;
}

export class FifoRing {
  readonly #words: Int32Array;
  readonly #headAt: number;
  readonly #tailAt: number;
  readonly #abandonedAt: number;
  readonly #entriesAt: number;
  readonly #size: number;
  readonly #sizeBits: number;
  readonly #spins: number;
  readonly #isEnded: (owner: number) => boolean;

  /** @param isEnded - whether a member was ended but may run on; never, unless told */
  constructor(
    words: Int32Array,
    layout: FifoLayout,
    spins: number = SPINS,
    isEnded: (owner: number) => boolean = never,
  ) {
    this.#words = words;
    this.#headAt = layout.headAt;
    this.#tailAt = layout.tailAt;
    this.#abandonedAt = layout.abandonedAt;
    this.#entriesAt = layout.entriesAt;
    this.#size = layout.size;
    this.#sizeBits = 31 - Math.clz32(layout.size);
    this.#spins = spins;
    this.#isEnded = isEnded;
  }

  static words(size: number): number {
    return size * ENTRY_WORDS;
  }

  /** Writes the entries of an empty ring: DONE in the lap before the first. */
  static initialize(words: Int32Array, { entriesAt, size }: FifoLayout): void {
    for (let i = 0; i < size; i++) words[entriesAt + i * ENTRY_WORDS] = freeFor(0);
  }

  /** Gets in line; the order of these compare-and-sets is the order of arrival. `undefined` if the ring is full. */
  enter(owner: number): Place | undefined {
    for (;;) {
      exploration.loop("enter");
      const ticket = Atomics.load(this.#words, this.#tailAt);
      if (((ticket - Atomics.load(this.#words, this.#headAt)) | 0) >= this.#size) {
        this.advance(); // HEAD may only lag behind
        if (
          ((ticket - Atomics.load(this.#words, this.#headAt)) | 0) >= this.#size &&
          Atomics.load(this.#words, this.#tailAt) === ticket
        )
          return undefined;
        continue;
      }
      const at = this.#at(ticket);
      const waiting = entryOf(this.#lap(ticket), owner, WAITING);
      if (!takeEntry(this.#words, at, waiting, this.#tailAt, ticket)) continue;
      // First in line: the lock is ours. Nobody can be asleep on the entry yet, so there is nobody to notify.
      if (Atomics.load(this.#words, this.#headAt) === ticket)
        Atomics.compareExchange(this.#words, at, waiting, withState(waiting, HOLDING));
      return { at, waiting };
    }
  }

  /** Gets in line only if that means to hold the lock at once. */
  tryEnter(owner: number): boolean {
    if (!this.isEmpty()) this.advance(); // HEAD may only lag behind
    if (!this.isEmpty()) return false;
    const place = this.enter(owner);
    if (place === undefined) return false;
    if (this.holds(place)) return true;
    this.leave(place);
    return false;
  }

  /** True if nobody holds the lock or waits for it. */
  isEmpty(): boolean {
    // HEAD is one ahead of TAIL where a thread died after taking its entry: the next to enter moves TAIL.
    const head = Atomics.load(this.#words, this.#headAt);
    return ((Atomics.load(this.#words, this.#tailAt) - head) | 0) <= 0;
  }

  holds(place: Place): boolean {
    return Atomics.load(this.#words, place.at) === withState(place.waiting, HOLDING);
  }

  /** True if the acquisition was ended in its owner's stead, who was taken for dead, or because the lock is lost. */
  isOver(place: Place): boolean {
    const seen = Atomics.load(this.#words, place.at);
    return seen !== place.waiting && seen !== withState(place.waiting, HOLDING);
  }

  /** Looks at the entry for as long as a short section lasts. */
  spin(place: Place): boolean {
    for (let spins = this.#spins; spins > 0; spins--) {
      if (this.holds(place)) return true;
      pause();
    }
    return false;
  }

  /** Sleeps until the lock is handed over or `sleepMs` are over. */
  sleep(place: Place, sleepMs: number): "woken" | "timed-out" {
    return Atomics.wait(this.#words, place.at, place.waiting, sleepMs) === "timed-out"
      ? "timed-out"
      : "woken"; // pairs with the notify in advance
  }

  /** Ends the acquisition, whether it holds the lock or waits. False if it is over already. */
  leave(place: Place): boolean {
    for (;;) {
      exploration.loop("leave");
      const seen = Atomics.load(this.#words, place.at);
      if (seen !== place.waiting && seen !== withState(place.waiting, HOLDING)) return false;
      if (Atomics.compareExchange(this.#words, place.at, seen, doneOf(seen)) !== seen) continue;
      this.advance();
      return true;
    }
  }

  /** Frees the lock that `owner` holds. False if it does not. */
  release(owner: number): boolean {
    const head = Atomics.load(this.#words, this.#headAt);
    const at = this.#at(head);
    const seen = Atomics.load(this.#words, at);
    if (stateOf(seen) !== HOLDING || ownerOf(seen) !== owner || lapOf(seen) !== this.#lap(head))
      return false;
    if (Atomics.compareExchange(this.#words, at, seen, doneOf(seen)) !== seen) return false;
    this.advance();
    return true;
  }

  /** Gives up the lock that was handed to an ended thread and that it was not granted, lost or not: it goes to the next one. */
  letGo(owner: number): void {
    const head = Atomics.load(this.#words, this.#headAt);
    const at = this.#at(head);
    for (;;) {
      exploration.loop("letGo");
      const seen = Atomics.load(this.#words, at);
      if (stateOf(seen) === DONE || stateOf(seen) === WAITING || ownerOf(seen) !== owner) return;
      if (Atomics.compareExchange(this.#words, at, seen, doneOf(seen)) === seen) break;
    }
    this.advance();
  }

  /** Moves HEAD over what is DONE and hands the lock to the first that waits. Anybody may call it at any time. */
  advance(): void {
    for (;;) {
      exploration.loop("advance");
      const head = Atomics.load(this.#words, this.#headAt);
      const at = this.#at(head);
      const seen = Atomics.load(this.#words, at);
      if (lapOf(seen) !== this.#lap(head)) {
        if (Atomics.load(this.#words, this.#headAt) !== head) continue; // HEAD has moved on meanwhile
        return; // nobody has taken this place yet
      }
      const state = stateOf(seen);
      if (state === HOLDING || state === LOST) return;
      if (state === DONE) {
        Atomics.compareExchange(this.#words, this.#headAt, head, (head + 1) | 0);
        continue;
      }
      if (this.#isEnded(ownerOf(seen))) {
        this.#passOver(at, seen);
        continue;
      }
      if (Atomics.compareExchange(this.#words, at, seen, withState(seen, HOLDING)) !== seen)
        continue;
      Atomics.notify(this.#words, at); // pairs with the wait on this entry
      return;
    }
  }

  /**
   * Ends every acquisition of a dead member. Then wakes whoever holds the lock now: the dead may have
   * handed it over without coming to wake.
   */
  recover(dead: number): void {
    for (let i = 0; i < this.#size; i++) {
      const at = this.#entriesAt + i * ENTRY_WORDS;
      for (;;) {
        exploration.loop("recover", dead, i);
        const seen = Atomics.load(this.#words, at);
        if (stateOf(seen) === DONE || ownerOf(seen) !== dead) break;
        if (stateOf(seen) !== WAITING) Atomics.store(this.#words, this.#abandonedAt, 1);
        if (Atomics.compareExchange(this.#words, at, seen, doneOf(seen)) === seen) break;
      }
    }
    this.advance();
    Atomics.notify(this.#words, this.#at(Atomics.load(this.#words, this.#headAt)));
  }

  /** Ends an acquisition that waits, in its owner's stead, and tells it. */
  #passOver(at: number, waiting: number): void {
    if (Atomics.compareExchange(this.#words, at, waiting, doneOf(waiting)) === waiting)
      Atomics.notify(this.#words, at);
  }

  /**
   * The member was ended but may run on: what it holds is lost, and it waits no more; nor does anybody
   * who waits behind a lost lock. Idempotent; anybody may call it.
   */
  lose(ended: number): void {
    for (let i = 0; i < this.#size; i++) {
      const at = this.#entriesAt + i * ENTRY_WORDS;
      for (;;) {
        exploration.loop("lose", ended, i);
        const seen = Atomics.load(this.#words, at);
        if (ownerOf(seen) !== ended || stateOf(seen) === DONE || stateOf(seen) === LOST) break;
        if (stateOf(seen) === WAITING) this.#passOver(at, seen);
        else Atomics.compareExchange(this.#words, at, seen, withState(seen, LOST));
      }
    }
    this.advance();
    if (this.isLost()) this.#dissolve();
    // It may have handed the lock over without coming to wake.
    Atomics.notify(this.#words, this.#at(Atomics.load(this.#words, this.#headAt)));
  }

  /** Ends everybody's wait. Whoever gets in line later finds the lock lost by itself. */
  #dissolve(): void {
    for (let i = 0; i < this.#size; i++) {
      const at = this.#entriesAt + i * ENTRY_WORDS;
      exploration.loop("dissolve", i);
      const seen = Atomics.load(this.#words, at);
      if (stateOf(seen) === WAITING) this.#passOver(at, seen);
    }
  }

  /** True if the lock is lost. */
  isLost(): boolean {
    const head = Atomics.load(this.#words, this.#headAt);
    const seen = Atomics.load(this.#words, this.#at(head));
    return stateOf(seen) === LOST && lapOf(seen) === this.#lap(head);
  }

  /** Takes over, for `me`, the lock that the member has lost. False if it was not lost, or is no more. */
  takeOver(ended: number, me: number): boolean {
    const head = Atomics.load(this.#words, this.#headAt);
    const at = this.#at(head);
    const seen = Atomics.load(this.#words, at);
    if (stateOf(seen) !== LOST || ownerOf(seen) !== ended) return false;
    const taken = entryOf(lapOf(seen), me, HOLDING);
    return Atomics.compareExchange(this.#words, at, seen, taken) === seen;
  }

  /** The owner of the entry at HEAD: who holds the lock, or is about to. 0 if nobody. */
  holder(): number {
    const head = Atomics.load(this.#words, this.#headAt);
    const seen = Atomics.load(this.#words, this.#at(head));
    return lapOf(seen) === this.#lap(head) && stateOf(seen) !== DONE ? ownerOf(seen) : 0;
  }

  /** True if one of the acquisitions that stand before a new one satisfies `test`. */
  someOwner(test: (owner: number) => boolean): boolean {
    const head = Atomics.load(this.#words, this.#headAt);
    const length = (Atomics.load(this.#words, this.#tailAt) - head) | 0;
    for (let i = 0; i < length; i++) {
      const seen = Atomics.load(this.#words, this.#at(head + i));
      if (stateOf(seen) !== DONE && test(ownerOf(seen))) return true;
    }
    return false;
  }

  #at(ticket: number): number {
    return this.#entriesAt + (ticket & (this.#size - 1)) * ENTRY_WORDS;
  }

  #lap(ticket: number): number {
    return lapOfTicket(ticket, this.#sizeBits);
  }
}

function never(): boolean {
  return false;
}
