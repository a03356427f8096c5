import type { AcquireOptions, LockGuarantees, MaybePromise, SyncGuard } from "@ticketlock/core";
import { WrappedGuard, WrappedLock } from "./wrapped-lock.ts";

/** A way to break a sound lock: the class that breaks it, the kind within, and what it claims falsely. */
export interface LockDefect {
  readonly inner: "futex" | "fifo";
  readonly claims?: Partial<LockGuarantees>;
  readonly broken: typeof WrappedLock;
}

/** Gives guards of a class of its own. */
function withGuards(guardClass: typeof WrappedGuard): typeof WrappedLock {
  return class extends WrappedLock {
    override wrap(guard: SyncGuard): SyncGuard {
      return new guardClass(guard);
    }
  };
}

class RepeatedToken extends WrappedGuard {
  override get token(): number {
    return this.inner.token - (this.inner.token % 2) + 2;
  }
}

class FallingToken extends WrappedGuard {
  override get token(): number {
    return 2 ** 50 - this.inner.token;
  }
}

class NeverAbandoned extends WrappedGuard {
  override get abandoned(): boolean {
    return false;
  }
}

class AbandonedForEver extends WrappedGuard {
  override markConsistent(): void {}
}

class TimeoutIgnored extends WrappedLock {
  override acquire(options?: AcquireOptions): Promise<SyncGuard> {
    return super.acquire(options?.signal === undefined ? {} : { signal: options.signal });
  }
  override acquireSync(): SyncGuard {
    return super.acquireSync();
  }
}

/** Who gives up is told so, but its place in the line is kept, and what it is granted is lost. */
class AbortSwallowsWakeUp extends WrappedLock {
  override async acquire({ signal, ...rest }: AcquireOptions = {}): Promise<SyncGuard> {
    signal?.throwIfAborted();
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    return Promise.race([super.acquire(rest), aborted]);
  }
}

class ReasonReplaced extends WrappedLock {
  override async acquire(options?: AcquireOptions): Promise<SyncGuard> {
    try {
      return await super.acquire(options);
    } catch (error) {
      if (options?.signal?.aborted) throw new Error("The operation was aborted.", { cause: error });
      throw error;
    }
  }
}

class SyncThrowKeeps extends WrappedLock {
  override async runExclusive<T>(
    section: (guard: SyncGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    const guard = await this.acquire(options);
    const result = section(guard);
    try {
      return await result;
    } finally {
      guard.release();
    }
  }
}

class RejectionKeeps extends WrappedLock {
  override async runExclusive<T>(
    section: (guard: SyncGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    const guard = await this.acquire(options);
    try {
      const result = await Promise.resolve(section(guard)).catch((error: unknown) => ({ error }));
      if (typeof result === "object" && result !== null && "error" in result) throw result.error;
      guard.release();
      return result;
    } catch (error) {
      if (error instanceof Error) guard.release();
      throw error;
    }
  }
}

class ThenableNotAwaited extends WrappedLock {
  override async runExclusive<T>(
    section: (guard: SyncGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    const guard = await this.acquire(options);
    try {
      const result = section(guard);
      return result instanceof Promise ? await result : result;
    } finally {
      guard.release();
    }
  }
}

class CloseLeavesWaiters extends WrappedLock {
  override close(): void {}
}

class OptionsNotPassed extends WrappedLock {
  override runExclusive<T>(section: (guard: SyncGuard) => MaybePromise<T>): Promise<T> {
    return super.runExclusive(section);
  }
}

/** Locks that are sound but for one thing, by kind. */
export const lockDefects: Readonly<Record<string, LockDefect>> = {
  "intact-wrapper": { inner: "fifo", broken: WrappedLock },
  "repeated-token": { inner: "futex", broken: withGuards(RepeatedToken) },
  "falling-token": { inner: "futex", broken: withGuards(FallingToken) },
  "never-abandoned": { inner: "futex", broken: withGuards(NeverAbandoned) },
  "abandoned-for-ever": { inner: "futex", broken: withGuards(AbandonedForEver) },
  "timeout-ignored": { inner: "futex", broken: TimeoutIgnored },
  "abort-swallows-wake-up": { inner: "fifo", broken: AbortSwallowsWakeUp },
  "reason-replaced": { inner: "futex", broken: ReasonReplaced },
  "sync-throw-keeps-lock": { inner: "futex", broken: SyncThrowKeeps },
  "rejection-keeps-lock": { inner: "futex", broken: RejectionKeeps },
  "thenable-not-awaited": { inner: "futex", broken: ThenableNotAwaited },
  "close-leaves-waiters": { inner: "futex", broken: CloseLeavesWaiters },
  "options-not-passed": { inner: "futex", broken: OptionsNotPassed },
};
