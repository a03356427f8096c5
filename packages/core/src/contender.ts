import type { Lock } from "./lock.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import type { TicketStore } from "./ticket-store.ts";

/** A contender's line to the session's owner. */
export interface Channel {
  /**
   * Asks the owner and waits for its answer. Requests of all contenders are answered one after the
   * other in order of arrival.
   * @throws {TicketlockError} what the owner's handler threw, as code and message.
   */
  request(topic: string, body: unknown): Promise<unknown>;
  /** Tells the owner something that needs no answer. */
  send(topic: string, body: unknown): void;
}

/** What a workload is given: its place among the contenders, the shared locks and store, and a clock. */
export interface Contender {
  readonly index: number;
  readonly count: number;
  /** 0 to 2^32 - 1. Differs between contenders, repeats with the session's seed. */
  readonly seed: number;
  /** Aborts when the run is called off. */
  readonly signal: AbortSignal;
  /** The session's i-th shared lock (0 unless told). */
  lock(i?: number): Lock;
  /**
   * A lock of the same kind that nobody else has: what `own-mutex` shows the folly of. Made on first
   * use, the same one ever after; closed with the contender. Where contenders need permissions, it
   * takes those of the session's shared locks: a session without any has none to give.
   */
  ownLock(): Promise<Lock>;
  readonly store: TicketStore;
  readonly channel: Channel;
  /**
   * Waits, without limit, until all contenders that run have come to the meeting of this name. One
   * that has ended, or that a run `one-by-one` has yet to start, is not waited for.
   */
  meet(name: string): Promise<void>;
  /** Nanoseconds on a clock that is comparable between the session's contenders. */
  nowNs(): bigint;
  /** What `nowNs` and the owner's clock may differ by, in nanoseconds; 0 where it is the same clock. */
  readonly clockErrorNs: number;
  /** When the owner let this run start, on the same clock: the same for all who start together. */
  readonly startedNs: bigint;
}

/** What contenders run: the default export of a module, named by URL, since a closure cannot cross a thread or a process. */
export type Workload<I, O> = (contender: Contender, input: I) => MaybePromise<O>;
