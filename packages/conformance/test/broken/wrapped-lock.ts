import type {
  AcquireOptions,
  BlockingLock,
  Handle,
  LockGuarantees,
  LockState,
  MaybePromise,
  SyncGuard,
} from "@ticketlock/core";
import { runExclusive } from "@ticketlock/core";

/** A sound guard, passed on. Defects override what they break. */
export class WrappedGuard implements SyncGuard {
  readonly inner: SyncGuard;

  constructor(inner: SyncGuard) {
    this.inner = inner;
  }
  get token(): number {
    return this.inner.token;
  }
  get abandoned(): boolean {
    return this.inner.abandoned;
  }
  get signal(): AbortSignal {
    return this.inner.signal;
  }
  markConsistent(): void {
    this.inner.markConsistent();
  }
  release(): void {
    this.inner.release();
  }
  [Symbol.dispose](): void {
    this.release();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}

/** A sound lock, passed on. Defects override what they break. */
export class WrappedLock implements BlockingLock {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees;
  readonly inner: BlockingLock;

  constructor(handle: Handle, guarantees: LockGuarantees, inner: BlockingLock) {
    this.handle = handle;
    this.guarantees = guarantees;
    this.inner = inner;
  }
  /** What callers are given for a guard of the inner lock. */
  wrap(guard: SyncGuard): SyncGuard {
    return new WrappedGuard(guard);
  }
  async acquire(options?: AcquireOptions): Promise<SyncGuard> {
    return this.wrap(await this.inner.acquire(options));
  }
  tryAcquire(): SyncGuard | undefined {
    return this.tryAcquireSync();
  }
  acquireSync(options?: { readonly timeoutMs?: number }): SyncGuard {
    return this.wrap(this.inner.acquireSync(options));
  }
  tryAcquireSync(): SyncGuard | undefined {
    const guard = this.inner.tryAcquireSync();
    return guard === undefined ? undefined : this.wrap(guard);
  }
  runExclusive<T>(
    section: (guard: SyncGuard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive<SyncGuard, T>(this, section, options);
  }
  query(): MaybePromise<LockState> {
    return this.inner.query();
  }
  close(): MaybePromise<void> {
    return this.inner.close();
  }
}
