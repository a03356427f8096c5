import {
  type AcquireOptions,
  type BlockingLock,
  checkAcquireOptions,
  checkTimeoutMs,
  type FencingToken,
  type Handle,
  type LockGuarantees,
  type LockOptions,
  type LockState,
  type MaybePromise,
  runExclusive,
  type SyncGuard,
  TicketlockError,
} from "@ticketlock/core";
import {
  AbandonedGuard,
  checkLockOptions,
  closed,
  deadlock,
  FastWord,
  type HoldOwner,
  isLastToken,
  issueToken,
  lastToken,
  lost,
  MAX_ROOM,
  MemoryGuard,
  timedOut,
  withinOrNaN,
} from "@ticketlock/shared-memory/building-blocks";
import { resolve } from "node:path";
import { AsyncWaiters } from "./async-waiters.ts";
import { MappedFile } from "./mapped-file.ts";
import { MemberTable } from "./member-table.ts";
import {
  DEATHS_AT,
  initialiseMutex,
  MEMBERS_AT,
  mutexKind,
  mutexWords,
  raiseTokens,
  RELEASED_AT,
  renewMutex,
  RESCUES_AT,
  ROOM_AT,
  TOKEN_AT,
  WORD_AT,
} from "./mutex-layout.ts";
import { type MakeWord, openRobustLockWord, type RobustLockWord } from "./robust-lock-word.ts";
import { looks, replaced } from "./looks.ts";
import { Precedence } from "./precedence.ts";
import { OWNER_DIED, type RobustWord, THREAD_ID } from "./robust-word.ts";

/** Name of this package, by which its handles are told from others'. */
export const MODULE = "@ticketlock/mapped-memory";
export const KIND = "mapped";
export const HANDLE_VERSION = 1;

export const mappedGuarantees: LockGuarantees = {
  scope: "runtimes",
  exclusive: true,
  fifo: false,
  blocking: true,
  tokens: "memory",
  ownerDeath: "immediate",
};

/** What a handle of kind `mapped` carries: the rest stands in the file. */
export interface MappedLockData {
  /** Absolute. */
  readonly path: string;
  /** The file goes with its last user. */
  readonly temporary: boolean;
}

/** How a mutex's file is opened. */
export interface MappedMutexOptions {
  /** Makes the file if there is none. */
  readonly create?: LockOptions;
  /** Tokens that this opening issues are greater than this one. */
  readonly tokensAbove?: number;
  /** The file goes with its last user. Default: false. */
  readonly temporary?: boolean;
  /** Called once the mutex has been closed and is not held any more. */
  readonly onGone?: (mutex: MappedMutex) => void;
  /** The lock's steps, of which a test may bring broken ones. Default: RobustWord's own. */
  readonly makeWord?: MakeWord;
}

/**
 * Mutual exclusion between all processes of one user on one host, for the price of two
 * compare-and-sets when nobody else wants it. Waiters sleep in the kernel.
 *
 * **Fairness**: barging. Who comes just as the lock is freed may take it before one that has waited.
 * One that has been overtaken for 10 ms is let go first by whoever frees the lock next; a third may
 * still come between, so there is no bound on how often. The acquisitions that wait without blocking through one instance are
 * granted in the order in which they came.
 *
 * **Crash behaviour**: when a holder's thread ends in whatever way, SIGKILL included, the kernel
 * frees the lock and wakes a waiter at once. The next guards say `abandoned` until one of them calls
 * `markConsistent`. A waiter's death takes no wake-up with it.
 *
 * **Memory ordering**: what a holder did before its release is seen by the next one after its
 * acquisition (sequentially consistent compare-and-set on both sides).
 *
 * Each thread opens the mutex for itself.
 */
export class MappedMutex implements BlockingLock, HoldOwner {
  readonly handle: Handle & { readonly data: MappedLockData };
  readonly guarantees: LockGuarantees = mappedGuarantees;
  readonly #file: MappedFile;
  readonly #words: Int32Array;
  readonly #me: number;
  readonly #lock: RobustLockWord;
  readonly #word: RobustWord;
  #fast: FastWord;
  /** The lock's own line of words; none once the file is closed. */
  #hot: Int32Array;
  readonly #members: MemberTable;
  readonly #waiters: AsyncWaiters;
  readonly #precedence: Precedence;
  readonly #floor: FencingToken;
  readonly #onGone: ((mutex: MappedMutex) => void) | undefined;
  /** Low word of the last token issued here; undefined before the first. */
  #lastLow: number | undefined;
  #isClosed = false;
  /** Nothing needs a look but the word: the mutex is open, and its tokens are known to be above the floor. */
  #isPlain: boolean;

  /** @throws {TicketlockError} as MappedFile.open; `QUEUE_FULL`, `LOCK_LIMIT`. */
  constructor(path: string, options: MappedMutexOptions) {
    const { create, tokensAbove = 0, temporary = false, onGone, makeWord } = options;
    const { maxContenders, tokensAbove: floor } = checkLockOptions({ ...create, tokensAbove });
    const initialise = (words: Int32Array): void => initialiseMutex(words, maxContenders, floor);
    this.#file = MappedFile.open(path, {
      kind: mutexKind,
      renew: renewMutex,
      ...(create === undefined ? {} : { create: { words: mutexWords(maxContenders), initialise } }),
    });
    const data: MappedLockData = { path, temporary };
    this.handle = { module: MODULE, kind: KIND, version: HANDLE_VERSION, data };
    this.#onGone = onGone;
    if (temporary) this.#file.removeWhenUnused();
    this.#floor = floor;
    this.#isPlain = floor === 0;
    this.#words = this.#file.words;
    this.#me = this.#file.platform.threadId;
    try {
      this.#members = new MemberTable(this.#words, MEMBERS_AT, roomOf(path, this.#words));
      this.#members.enter(this.#file.platform.processId, this.#me);
      this.#lock = this.#openWord(makeWord);
    } catch (error) {
      this.#file.close();
      throw error;
    }
    this.#word = this.#lock.word;
    this.#fast = this.#file.fastWord(WORD_AT);
    this.#hot = this.#file.hotWords();
    this.#precedence = new Precedence(this.#words, () => this.#word.isFree());
    this.#waiters = new AsyncWaiters({
      file: this.#file,
      at: WORD_AT,
      word: this.#word,
      precedence: this.#precedence,
      guard: () => this.#guardAfterWait(),
      countWaiting: (change) => this.#members.countWaiting(change),
      lastToken: () => this.#words[TOKEN_AT]!,
      countRescue: () => this.#countRescue(),
    });
  }

  #openWord(makeWord?: MakeWord): RobustLockWord {
    try {
      return openRobustLockWord(this.#file, WORD_AT, makeWord);
    } catch (error) {
      this.#members.leave();
      throw error;
    }
  }

  tryAcquireSync(): SyncGuard | undefined {
    if (this.#isPlain && this.#fast.compareExchange(0, this.#me) === 0) return this.#guard(false);
    if (this.#isClosed) throw closed();
    return this.#word.tryTake() ? this.#guardAfterWait() : undefined;
  }

  tryAcquire(): SyncGuard | undefined {
    return this.tryAcquireSync();
  }

  acquireSync(options?: { readonly timeoutMs?: number }): SyncGuard {
    // Little enough for engines to compile it into whoever calls it.
    if (options === undefined && this.#isPlain && this.#fast.compareExchange(0, this.#me) === 0)
      return this.#guard(false);
    return this.acquireSlowly(options);
  }

  /** Not a private method: for a call of one, if never made, JavaScriptCore does not compile acquireSync into its caller, at 8 ns a hold. */
  protected acquireSlowly(options: { readonly timeoutMs?: number } | undefined): SyncGuard {
    // First: reading an option may run the caller's code, which may close this lock.
    const timeoutMs = options === undefined ? Infinity : checkTimeoutMs(options.timeoutMs);
    if (this.#isClosed) throw closed();
    this.#takeSlowly(timeoutMs);
    return this.#guardAfterWait();
  }

  #takeSlowly(timeoutMs: number): void {
    const endMs = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    this.#precedence.giveWay(endMs);
    if (this.#word.tryTake()) return;
    if (timeoutMs === 0) throw timedOut(0);
    if ((this.#word.load() & THREAD_ID) === this.#me) throw deadlock();
    if (this.#word.spin()) return;
    this.#members.countWaiting(1);
    const end = this.#sleep(endMs);
    this.#members.countWaiting(-1);
    if (end === "timed-out") throw timedOut(timeoutMs);
    if (end === "replaced") throw replaced(this.#file.path);
  }

  #sleep(endMs: number): "taken" | "timed-out" | "replaced" {
    const beganMs = performance.now();
    const firstToken = this.#words[TOKEN_AT]!;
    this.#word.beginWait();
    for (let hasSlept = false, isQuiet = false; ; hasSlept = true) {
      const startMs = performance.now();
      const token = this.#words[TOKEN_AT];
      const sleepMs = Math.min(looks.sliceMs, endMs - startMs);
      if (sleepMs <= 0) return this.#leave("timed-out");
      const look = this.#word.takeOrSleep(hasSlept, sleepMs);
      if (look === "taken") {
        if (isQuiet) this.#countRescue();
        this.#precedence.done();
        return look;
      }
      this.#precedence.failed(beganMs, firstToken);
      const sliceOver = look === "over" && performance.now() - startMs >= looks.sliceMs;
      if (sliceOver && this.#file.isReplaced()) return this.#leave("replaced");
      // Where others have held the lock meanwhile, this one was only overtaken.
      isQuiet = sliceOver && token === this.#words[TOKEN_AT];
    }
  }

  #leave<E>(end: E): E {
    this.#word.leave();
    this.#precedence.done();
    return end;
  }

  acquire(options?: AcquireOptions): Promise<SyncGuard> {
    try {
      const { timeoutMs, signal } =
        options === undefined ? unbounded : checkAcquireOptions(options);
      if (this.#isClosed) throw closed();
      // Who already waits in this thread goes first, and for once who was overtaken in another.
      const holdsBack = timeoutMs > looks.giveWayMs && this.#precedence.isGivingWay();
      if (this.#waiters.size === 0 && !holdsBack) {
        const guard = this.tryAcquireSync();
        if (guard !== undefined) return Promise.resolve(guard);
      }
      if (timeoutMs === 0) throw timedOut(0);
      return this.#waiters.wait(timeoutMs, signal, holdsBack);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  runExclusive<T>(
    section: (guard: SyncGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive<SyncGuard, T>(this, section, options);
  }

  /** A guard for the hold that the calling thread has just taken. */
  #guard(abandoned: boolean): SyncGuard {
    const low = issueToken(this.#hot, TOKEN_AT);
    this.#lastLow = low;
    const high = this.#hot[TOKEN_AT + 1]!;
    return abandoned ? new AbandonedGuard(this, low, high) : new MemoryGuard(this, low, high);
  }

  /** The same where the word may carry OWNER_DIED: by the fast path, nobody gets such a word. */
  #guardAfterWait(): SyncGuard {
    const abandoned = (this.#word.load() & OWNER_DIED) !== 0;
    // Set aside by the last release, if there was one after the death: then it has been counted.
    if (abandoned && this.#words[RELEASED_AT] !== this.#words[TOKEN_AT])
      Atomics.add(this.#words, DEATHS_AT, 1);
    if (!this.#isPlain) this.#raiseTokens();
    return this.#guard(abandoned);
  }

  /** Tokens of an old lock may be below a floor that this opening was given; but they only rise. */
  #raiseTokens(): void {
    if (lastToken(this.#words, TOKEN_AT) < this.#floor) raiseTokens(this.#words, this.#floor);
    this.#isPlain = !this.#isClosed;
  }

  endHold(tokenLow: number): void {
    if (!isLastToken(this.#hot, TOKEN_AT, tokenLow)) throw lost();
    if (this.#fast.compareExchange(this.#me, 0) !== this.#me) {
      const seen = this.#word.load();
      if ((seen & THREAD_ID) !== this.#me) throw lost();
      if ((seen & OWNER_DIED) !== 0) this.#words[RELEASED_AT] = tokenLow;
      this.#word.release();
      // Where nobody sleeps the word is 0: who has asked is on its way to sleep, and its request stays.
      if (this.#word.load() !== 0) this.#precedence.released(tokenLow);
    }
    if (this.#isClosed) this.#goAway();
  }

  markConsistent(tokenLow: number): void {
    const isMine = (this.#word.load() & THREAD_ID) === this.#me;
    if (!isMine || !isLastToken(this.#words, TOKEN_AT, tokenLow)) throw lost();
    this.#word.markConsistent();
  }

  query(): LockState {
    if (this.#words.length === 0) throw closed();
    const seen = this.#word.load();
    const threadId = seen & THREAD_ID;
    const id = this.#members.processOf(threadId) ?? threadId;
    return {
      held: threadId !== 0,
      ...(threadId === 0 ? {} : { holder: { id, osThreadId: threadId } }),
      token: lastToken(this.#words, TOKEN_AT),
      waiters: this.#members.waiting(),
      abandoned: (seen & OWNER_DIED) !== 0,
    };
  }

  /** Holders that have died, as far as a later holder has come to know. */
  get deaths(): number {
    return this.#read(DEATHS_AT);
  }

  /**
   * Times that a waiter found, when its slice was over, a lock that nobody had taken meanwhile and
   * that was free all the same: no wake-up had come.
   */
  get rescues(): number {
    return this.#read(RESCUES_AT);
  }

  #read(at: number): number {
    if (this.#words.length === 0) throw closed();
    return Atomics.load(this.#words, at);
  }

  #countRescue(): void {
    Atomics.add(this.#words, RESCUES_AT, 1);
  }

  /** Leaves the mutex in this thread. A guard that is held stays good until it is released. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isPlain = false;
    this.#waiters.close(closed);
    if (!this.#isHeldHere()) this.#goAway();
  }

  /** True if it is this opening's guard that holds: another of the thread's has issued a later token. */
  #isHeldHere(): boolean {
    const isMine = (this.#word.load() & THREAD_ID) === this.#me;
    return isMine && this.#words[TOKEN_AT] === this.#lastLow;
  }

  #goAway(): void {
    // What the page shows from now on may be another lock's.
    this.#hot = none;
    this.#fast = new FastWord(none, 0);
    this.#members.leave();
    this.#lock.close();
    this.#file.close();
    this.#onGone?.(this);
  }
}

/**
 * Opens the mutex in the file at `path`, which must be on a tmpfs, or makes it. Of
 * several openers at once exactly one makes it. `maxContenders` counts for the maker only.
 *
 * @throws {TicketlockError} `LOCK_UNSUPPORTED`, `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`, `LOCK_LIMIT`,
 * `QUEUE_FULL`; {RangeError} for wrong options.
 */
export function openMappedMutex(path: string, options: LockOptions = {}): MappedMutex {
  const { tokensAbove = 0 } = options;
  return new MappedMutex(resolve(path), { create: options, tokensAbove });
}

const none = new Int32Array(0);

const unbounded: { readonly timeoutMs: number; readonly signal: undefined } = {
  timeoutMs: Infinity,
  signal: undefined,
};

function roomOf(path: string, words: Int32Array): number {
  const room = withinOrNaN(words[ROOM_AT], 1, MAX_ROOM);
  if (mutexWords(room) === words.length) return room;
  throw new TicketlockError(
    "LOCK_CORRUPT",
    `Cannot open ${path}: its size does not fit what it says. Remove the file once nobody uses it.`,
  );
}
