import { PendingAnnouncer } from "./robust-list.ts";
import type { Address, MappedPlatform } from "./platform/mapped-platform.ts";
import { RobustWord, WAITERS_BIT } from "./robust-word.ts";
import { looks } from "./looks.ts";
import { SLOTS, WatchBoard } from "./watch-board.ts";
import { FREE, TOLD, WATCHED, type WatchSlot } from "./watch-slot.ts";

/** A client that does not answer for so long is busy: the wake-up goes to somebody else. */
const ANSWER_MS = 1;
/** Slices with nothing to watch, after which the helper leaves its loop. */
const IDLE_SLICES = 10;

/** `struct futex_waitv` of <linux/futex.h>, in words of 64 bits: value, address, flags and padding. */
const WAITER_WORDS = 3;
const WAITER_BYTES = WAITER_WORDS * 8;
/** FUTEX2_SIZE_U32: a shared futex of 32 bits. */
const FLAGS = 2n;

/** The helper's view of one slot. */
interface Watched {
  readonly address: Address;
  readonly word: RobustWord;
}

/**
 * What the helper thread does: sleeps on the lock words that its clients watch, and tells them when
 * one is free. It never takes a lock. A client that does not answer is busy, and its wake-up is
 * passed on, once: it will try by itself when it comes to it.
 */
export class HelperLoop {
  readonly #platform: MappedPlatform;
  readonly #board: WatchBoard;
  readonly #clientId: number;
  readonly #signal: Int32Array;
  readonly #announcer: PendingAnnouncer;
  readonly #waitersAddress: Address;
  readonly #waiters: BigUint64Array;
  /** Slots behind the entries of #waiters; entry 0 is the control word. */
  readonly #waiting: Watched[] = [];
  readonly #watched: (Watched | undefined)[] = Array.from({ length: SLOTS });
  /** When the client of a slot was told; 0: the wake-up has been passed on, undefined: not told. */
  readonly #toldAtMs: (number | undefined)[] = Array.from({ length: SLOTS });

  /** @param clientId - the operating system's id of the thread for which it sleeps */
  constructor(platform: MappedPlatform, board: Address, clientId: number, signal: Int32Array) {
    this.#platform = platform;
    this.#board = new WatchBoard(platform, board);
    this.#clientId = clientId;
    this.#signal = signal;
    this.#announcer = new PendingAnnouncer(platform);
    const bytes = (SLOTS + 1) * WAITER_BYTES;
    this.#waitersAddress = platform.reserve(bytes);
    this.#waiters = new BigUint64Array(platform.bufferAt(this.#waitersAddress, bytes));
    this.#board.setReady();
  }

  /** Returns when there has been nothing to do for a while (true), or when the thread is to end (false). */
  run(): boolean {
    this.#board.setAwake(true);
    for (let idle = 0; !this.#board.isStopped;) {
      const control = this.#board.control(); // before the slots: a change behind our back ends the sleep
      this.#waiting.length = 0;
      this.#setWaiter(0, this.#board.controlAddress, control);
      const { busy, sleepMs } = this.#lookAtSlots();
      idle = busy ? 0 : idle + 1;
      if (idle > IDLE_SLICES && this.#goIdle(control)) return true;
      this.#announceLone();
      const woken = this.#platform.waitAny(this.#waitersAddress, 1 + this.#waiting.length, sleepMs);
      // From here on this wake-up does not die with us.
      if (woken > 0) this.#announcer.announce(this.#waiting[woken - 1]!.address);
      else if (!this.#platform.isThreadAlive(this.#clientId)) return this.#passAllOn();
    }
    return false;
  }

  /** Deno ends a worker without its helpers. What the dead was told of, and did not answer, goes to others. */
  #passAllOn(): false {
    for (const [i, slot] of this.#board.slots.entries())
      if (slot.load() !== FREE) this.#at(i).word.passOn();
    return false;
  }

  /** False if something came while the helper was about to leave: whoever pokes from now on sends a message. */
  #goIdle(control: number): boolean {
    this.#board.setAwake(false);
    if (this.#board.control() === control) return true;
    this.#board.setAwake(true);
    return false;
  }

  #lookAtSlots(): { readonly busy: boolean; readonly sleepMs: number } {
    let busy = false;
    let sleepMs = looks.sliceMs;
    for (let i = 0; i < SLOTS; i++) {
      const slot = this.#board.slots[i]!;
      let state = slot.load();
      if (state === FREE) continue;
      if (state === WATCHED) {
        busy = true;
        this.#watch(i);
        state = slot.load(); // it may have been told just now
      }
      if (state === TOLD) {
        busy = true;
        if (this.#waitForAnswer(i)) sleepMs = ANSWER_MS;
      } else if (state !== WATCHED) this.#settle(i, slot);
    }
    return { busy, sleepMs };
  }

  #watch(i: number): void {
    const watched = this.#at(i);
    this.#toldAtMs[i] = undefined;
    const marked = watched.word.mark();
    if (marked !== 0) {
      this.#waiting.push(watched);
      this.#setWaiter(this.#waiting.length, watched.address, marked);
      return;
    }
    this.#announcer.announce(watched.address);
    if (!this.#board.slots[i]!.tell()) return; // its state has changed, and with it the control word
    this.#toldAtMs[i] = performance.now();
    this.#say();
  }

  #settle(i: number, slot: WatchSlot): void {
    // A wait that ended before this thread looked has to be forgotten, too: its file stays mapped until then.
    const watched = this.#at(i);
    if (!slot.settle(watched.word)) return;
    this.#watched[i] = undefined;
    this.#toldAtMs[i] = undefined;
    this.#announcer.retract(watched.address);
    this.#say();
  }

  /** True if the client may still answer in time. */
  #waitForAnswer(i: number): boolean {
    const toldAtMs = (this.#toldAtMs[i] ??= performance.now());
    if (toldAtMs === 0) return false;
    if (performance.now() - toldAtMs < ANSWER_MS) return true;
    this.#at(i).word.passOn();
    this.#toldAtMs[i] = 0;
    return false;
  }

  /** A lone lock word is announced all the time: a wake-up that dies with this thread is sent again. */
  #announceLone(): void {
    const [lone] = this.#waiting;
    if (this.#waiting.length === 1 && !this.#toldAtMs.some((at) => at !== undefined && at > 0))
      this.#announcer.announce(lone!.address);
  }

  #at(i: number): Watched {
    const address = this.#board.lockAddress(i);
    const known = this.#watched[i];
    if (known?.address === address) return known;
    const words = new Int32Array(this.#platform.bufferAt(address, 4));
    const word = new RobustWord(words, 0, this.#platform.threadId, {
      wait: (expected, timeoutMs) => this.#platform.wait(address, expected, timeoutMs),
      wake: (count) => this.#platform.wake(address, count),
      clearWaiters: () => this.#platform.clearAndWakeAll(address, WAITERS_BIT),
      setPending: () => {},
    });
    return (this.#watched[i] = { address, word });
  }

  #setWaiter(i: number, address: Address, expected: number): void {
    this.#waiters[i * WAITER_WORDS] = BigInt(expected >>> 0);
    this.#waiters[i * WAITER_WORDS + 1] = address;
    this.#waiters[i * WAITER_WORDS + 2] = FLAGS;
  }

  #say(): void {
    Atomics.add(this.#signal, 0, 1);
    Atomics.notify(this.#signal, 0);
  }
}
