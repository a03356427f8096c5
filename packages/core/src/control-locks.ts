import type { LockOptions, LockProvider } from "./adapter.ts";
import { TicketlockError } from "./errors.ts";
import { type Handle, parseHandle } from "./handle.ts";
import { checkAcquireOptions, checkTimeoutMs } from "./limits.ts";
import {
  type AcquireOptions,
  type BlockingLock,
  isBlockingLock,
  type Lock,
  type LockGuarantees,
  type LockState,
  type SyncGuard,
} from "./lock.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import { runExclusive } from "./run-exclusive.ts";

export const NONE_KIND = "none";
export const BROKEN_KIND = "broken";
/** The broken control lets a second contender in once in so many acquisitions. */
export const BROKEN_EVERY = 16;

const MODULE = "@ticketlock/core";
const VERSION = 1;

/** A control has the wrapped lock's reach and shape, and none of its promises. */
function controlGuarantees(inner: LockGuarantees): LockGuarantees {
  const { scope, blocking } = inner;
  return { scope, blocking, exclusive: false, fifo: false, tokens: "none", ownerDeath: "none" };
}

/** A guard that guards nothing. Token 0 means "no token", so a store's fence neither rises nor refuses. */
class NoGuard implements SyncGuard {
  readonly token = 0;
  readonly abandoned = false;
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }
  markConsistent(): void {}
  release(): void {}
  [Symbol.dispose](): void {}
  async [Symbol.asyncDispose](): Promise<void> {}
}

/**
 * A control of the experiment, not a lock: the same calls as the wrapped lock, without its
 * exclusion. `none` never takes it (the unlocked throughput that a lock's cost is compared with).
 * `broken` takes it but once in `BROKEN_EVERY` times, when it walks in regardless: whatever claims to
 * find a violation has to find this one.
 */
export class ControlLock implements BlockingLock {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees;
  readonly #inner: Lock;
  readonly #every: number;
  #acquisitions = 0;

  /** `every` 1 never takes the lock, 2 every other time, and so on. */
  constructor(handle: Handle, inner: Lock, every: number) {
    this.handle = handle;
    this.guarantees = controlGuarantees(inner.guarantees);
    this.#inner = inner;
    this.#every = every;
  }

  async acquire(options?: AcquireOptions): Promise<SyncGuard> {
    if (this.#walksIn()) {
      checkAcquireOptions(options);
      return new NoGuard();
    }
    return (await this.#inner.acquire(options)) as SyncGuard;
  }

  tryAcquire(): MaybePromise<SyncGuard | undefined> {
    return this.#walksIn()
      ? new NoGuard()
      : (this.#inner.tryAcquire() as MaybePromise<SyncGuard | undefined>);
  }

  acquireSync(options?: { readonly timeoutMs?: number }): SyncGuard {
    if (this.#walksIn()) {
      checkTimeoutMs(options?.timeoutMs);
      return new NoGuard();
    }
    return this.#blocking().acquireSync(options);
  }

  tryAcquireSync(): SyncGuard | undefined {
    return this.#walksIn() ? new NoGuard() : this.#blocking().tryAcquireSync();
  }

  runExclusive<T>(
    section: (guard: SyncGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive<SyncGuard, T>(this, section, options);
  }

  query(): MaybePromise<LockState> {
    return this.#inner.query();
  }

  close(): MaybePromise<void> {
    return this.#inner.close();
  }

  #walksIn(): boolean {
    return this.#acquisitions++ % this.#every === this.#every - 1;
  }

  #blocking(): BlockingLock {
    if (isBlockingLock(this.#inner)) return this.#inner;
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      "Cannot block on this lock: the wrapped kind has no acquireSync. Use acquire.",
    );
  }
}

/** Offers the controls over the locks of `engines`; the lock within is of the first one's first kind. */
export function controlProvider(engines: readonly [LockProvider, ...LockProvider[]]): LockProvider {
  const [engine] = engines;
  const first = engine.kinds.entries().next();
  if (first.done)
    throw new TicketlockError(
      "ADAPTER_INVALID",
      `Cannot use the lock provider of ${engine.module}: it declares no kind.`,
    );
  const [innerKind, innerGuarantees] = first.value;
  const guarantees = controlGuarantees(innerGuarantees);
  return {
    module: MODULE,
    kinds: new Map([
      [NONE_KIND, guarantees],
      [BROKEN_KIND, guarantees],
    ]),
    async create(kind: string, options?: LockOptions): Promise<Handle> {
      const inner = await engine.create(innerKind, options);
      return { module: MODULE, kind, version: VERSION, data: inner };
    },
    async open(handle: Handle): Promise<Lock> {
      const inner = parseHandle(handle.data);
      const engine = engines.find(
        (one) => one.module === inner.module && one.kinds.has(inner.kind),
      );
      if (engine === undefined) {
        throw new TicketlockError(
          "HANDLE_INVALID",
          `Cannot open a control lock: no loaded adapter opens the ${inner.module} lock within.`,
        );
      }
      return new ControlLock(
        handle,
        await engine.open(inner),
        handle.kind === NONE_KIND ? 1 : BROKEN_EVERY,
      );
    },
  };
}
