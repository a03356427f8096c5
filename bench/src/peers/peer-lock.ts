import {
  type AcquireOptions,
  checkAcquireOptions,
  type Guard,
  type Handle,
  type Lock,
  type LockGuarantees,
  type LockState,
  type MaybePromise,
  runExclusive,
  TicketlockError,
} from "@ticketlock/core";

/** Gives somebody else's lock back. */
export type GiveBack = () => MaybePromise<void>;

/** The least that somebody else's lock offers. */
export interface PeerEngine {
  /**
   * Waits for the lock. Where the wait cannot be called off, what is granted too late is given back.
   * @param givenUp - aborts when nobody waits for the result any more
   * @param lost - to be called if the lock says that the hold ended by itself
   */
  take(givenUp: AbortSignal, lost: () => void): Promise<GiveBack>;
  /** Takes the lock if it is free. */
  tryTake(lost: () => void): Promise<GiveBack | undefined>;
  isHeld(): MaybePromise<boolean>;
  /** Says that one waits, from now until the returned function is called: for those that count waiters. */
  wait(): () => void;
  waiters(): number;
}

/**
 * Somebody else's lock as a lock of ours, with nothing added but what its interface asks for, so
 * that the same workloads and the same conformance cases run over it. It issues no tokens, and nobody
 * is told of a death.
 */
export class PeerLock implements Lock {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees;
  readonly #engine: PeerEngine;
  readonly #closing = new AbortController();

  constructor(handle: Handle, guarantees: LockGuarantees, engine: PeerEngine) {
    this.handle = handle;
    this.guarantees = guarantees;
    this.#engine = engine;
  }

  async acquire(options?: AcquireOptions): Promise<Guard> {
    const { timeoutMs, signal } = checkAcquireOptions(options);
    signal?.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    if (timeoutMs === 0) {
      const guard = await this.tryAcquire();
      if (guard === undefined) throw timedOut(timeoutMs);
      return guard;
    }
    return this.#wait(timeoutMs, signal);
  }

  async tryAcquire(): Promise<Guard | undefined> {
    this.#closing.signal.throwIfAborted();
    const lost = new AbortController();
    const giveBack = await this.#engine.tryTake(() => lost.abort(lostError()));
    return giveBack && new PeerGuard(giveBack, lost.signal);
  }

  runExclusive<T>(
    section: (guard: Guard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive(this, section, options);
  }

  async query(): Promise<LockState> {
    const held = await this.#engine.isHeld();
    return { held, token: 0, waiters: this.#engine.waiters(), abandoned: false };
  }

  close(): void {
    this.#closing.abort(
      new TicketlockError("LOCK_CLOSED", "Cannot acquire: the lock was closed in this contender."),
    );
  }

  async #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<Guard> {
    const limit = new AbortController();
    const timer =
      timeoutMs === Infinity
        ? undefined
        : setTimeout(() => limit.abort(timedOut(timeoutMs)), timeoutMs);
    const givenUp = AbortSignal.any([
      limit.signal,
      this.#closing.signal,
      ...(signal === undefined ? [] : [signal]),
    ]);
    const over = Promise.withResolvers<never>();
    const giveUp = (): void => over.reject(givenUp.reason);
    givenUp.addEventListener("abort", giveUp);
    const lost = new AbortController();
    const leave = this.#engine.wait();
    try {
      const taking = this.#engine.take(givenUp, () => lost.abort(lostError()));
      taking.then(
        (giveBack) => {
          if (givenUp.aborted) void giveBack();
        },
        () => {}, // the race below has heard of it, or nobody waits any more
      );
      return new PeerGuard(await Promise.race([taking, over.promise]), lost.signal);
    } finally {
      leave();
      clearTimeout(timer);
      givenUp.removeEventListener("abort", giveUp);
    }
  }
}

class PeerGuard implements Guard {
  readonly token = 0;
  readonly abandoned = false;
  readonly signal: AbortSignal;
  readonly #giveBack: GiveBack;
  #released = false;

  constructor(giveBack: GiveBack, signal: AbortSignal) {
    this.#giveBack = giveBack;
    this.signal = signal;
  }

  markConsistent(): void {
    if (this.#released)
      throw new TicketlockError(
        "LOCK_NOT_HOLDER",
        "Cannot call the data consistent: the lock was released before.",
      );
  }

  release(): MaybePromise<void> {
    if (this.#released) return;
    this.#released = true;
    if (this.signal.aborted) throw this.signal.reason as Error;
    return this.#giveBack();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

function timedOut(timeoutMs: number): TicketlockError {
  return new TicketlockError("LOCK_TIMEOUT", `The lock was not granted within ${timeoutMs} ms.`);
}

function lostError(): TicketlockError {
  return new TicketlockError("LOCK_LOST", "Cannot keep the lock: it says that the hold has ended.");
}
