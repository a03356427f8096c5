import {
  type Guard,
  isBlockingLock,
  isTicketlockError,
  type Lock,
  TicketlockError,
} from "@ticketlock/core";
import type { Draw } from "../plan/draw.ts";
import type { HistoryFiles } from "./history-files.ts";
import { pause } from "./pausing.ts";
import { describe } from "./selling.ts";

/** How a lock is asked for. */
const MANNERS = ["plain", "plain", "plain", "plain", "plain", "try", "limit", "abort"] as const;
export type Manner = (typeof MANNERS)[number];

/** Longest limit of a wait that has one, and longest time to an abort. */
const LIMIT_MS = 4;
/** Something that never ends is told from something slow. */
const INSIDE_LIMIT_MS = 5_000;
/** A lost lock is asked for again after so long: somebody resets it. */
const LOST_PAUSE_MS = 1;

/** How one client acquires and releases, in all the ways that the lock offers, with its history. */
export class Acquiring {
  readonly #lock: Lock;
  readonly #files: HistoryFiles;
  readonly #draw: Draw;
  readonly #expected: readonly string[];

  /** `expected`: codes with which the lock may refuse, besides a time limit. */
  constructor(lock: Lock, files: HistoryFiles, draw: Draw, expected: readonly string[]) {
    this.#lock = lock;
    this.#files = files;
    this.#draw = draw;
    this.#expected = expected;
  }

  drawManner(): Manner {
    return this.#draw.one(MANNERS);
  }

  /**
   * Asks for the lock, by turns with its event loop or its thread waiting; `undefined` if it was not to be
   * had. A try that fails is no observation: a release may take effect a moment after it has returned.
   */
  async acquire(manner: Manner): Promise<Guard | undefined> {
    const call = this.#files.lockCall(manner === "try" ? "tryAcquire" : "acquire");
    let guard: Guard | undefined;
    try {
      guard = await this.#ask(manner);
    } catch (error) {
      if (this.#isExpected(error, manner)) call.failed();
      else {
        call.lost();
        this.#fail("acquire", error);
      }
      if (isTicketlockError(error, "LOCK_LOST")) await pause(LOST_PAUSE_MS);
      return undefined;
    }
    if (guard === undefined) {
      call.failed();
      return undefined;
    }
    const { token, abandoned } = guard;
    if (abandoned) this.#files.note({ what: "abandoned", token });
    call.returned(manner === "try" ? { acquired: true, token } : { token });
    return guard;
  }

  /** Whoever holds the lock asks for it with a limit: it must be told when the time is over. */
  async askInside(): Promise<void> {
    const timeoutMs = this.#draw.whole(0, LIMIT_MS);
    const asked = this.#lock.acquire({ timeoutMs });
    const late = asked.then((guard) => guard.release()).catch(() => undefined);
    const why = await Promise.race([
      asked.then(() => "it was granted to who holds it", (error: unknown) => (this.#isExpected(error, "limit") ? undefined : describe(error))), // prettier-ignore
      pause(INSIDE_LIMIT_MS).then(() => `it has not ended after ${INSIDE_LIMIT_MS} ms`),
    ]);
    if (why === undefined) return late;
    this.#fail(`acquire with a limit of ${timeoutMs} ms`, new Error(why));
  }

  async release(guard: Guard): Promise<void> {
    const { token } = guard;
    const call = this.#files.lockCall("release", { token });
    try {
      await guard.release();
      call.returned();
    } catch (error) {
      call.lost();
      if (!this.#isExpected(error, "plain")) this.#fail("release", error);
    }
  }

  async markConsistent(guard: Guard): Promise<void> {
    const { token } = guard;
    this.#files.note({ what: "consistent", token, state: "called" });
    try {
      await guard.markConsistent();
      this.#files.note({ what: "consistent", token, state: "returned" });
    } catch (error) {
      if (!this.#isExpected(error, "plain")) this.#fail("markConsistent", error);
    }
  }

  async #ask(manner: Manner): Promise<Guard | undefined> {
    const lock = this.#lock;
    const limitMs = this.#draw.whole(0, LIMIT_MS);
    if (isBlockingLock(lock) && this.#draw.chance(0.5)) {
      if (manner === "try") return lock.tryAcquireSync();
      return lock.acquireSync(manner === "plain" ? {} : { timeoutMs: limitMs });
    }
    if (manner === "try") return lock.tryAcquire();
    if (manner === "plain") return lock.acquire();
    if (manner === "limit") return lock.acquire({ timeoutMs: limitMs });
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(ABORTED), limitMs);
    try {
      return await lock.acquire({ signal: stop.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  #isExpected(error: unknown, manner: Manner): boolean {
    if (error === ABORTED) return true;
    if (!isTicketlockError(error)) return false;
    if (error.code === "LOCK_TIMEOUT" && manner !== "plain") return true;
    return this.#expected.includes(error.code);
  }

  #fail(call: string, error: unknown): void {
    this.#files.note({ what: "failed", call, error: describe(error) });
  }
}

const ABORTED = new TicketlockError("CONTENDER_FAILED", "This wait is aborted on purpose.");
