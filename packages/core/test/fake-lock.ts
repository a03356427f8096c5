import {
  type AcquireOptions,
  checkAcquireOptions,
  type Guard,
  type Handle,
  type Lock,
  type LockGuarantees,
  type LockOptions,
  type LockProvider,
  type LockState,
  type MaybePromise,
  runExclusive,
  type Scope,
} from "../src/index.ts";

/** A lock among the contenders of one thread: what a lock provider must offer, and no more. */
export class FakeLock implements Lock {
  readonly handle: Handle;
  readonly guarantees: LockGuarantees;
  /** Guards issued so far, by whichever opening. */
  acquired = 0;
  closed = 0;
  readonly #waiting: (() => void)[] = [];
  #held = false;

  constructor(handle: Handle, guarantees: LockGuarantees) {
    this.handle = handle;
    this.guarantees = guarantees;
  }

  async acquire(options?: AcquireOptions): Promise<Guard> {
    checkAcquireOptions(options);
    if (this.#held) await new Promise<void>((go) => this.#waiting.push(go));
    this.#held = true;
    return this.#guard();
  }

  tryAcquire(): Guard | undefined {
    if (this.#held) return undefined;
    this.#held = true;
    return this.#guard();
  }

  #guard(): Guard {
    const release = (): void => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#held = false;
      else next();
    };
    return {
      token: ++this.acquired,
      abandoned: false,
      signal: new AbortController().signal,
      markConsistent() {},
      release,
      [Symbol.asyncDispose]: async () => release(),
    };
  }

  runExclusive<T>(
    section: (guard: Guard) => MaybePromise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return runExclusive(this, section, options);
  }

  query(): LockState {
    const waiters = this.#waiting.length;
    return { held: this.#held, token: this.acquired, waiters, abandoned: false };
  }

  close(): void {
    this.closed++;
  }
}

export const fakeGuarantees: LockGuarantees = {
  scope: "threads",
  exclusive: true,
  fifo: true,
  blocking: false,
  tokens: "memory",
  ownerDeath: "none",
};

/** A provider whose locks are found by number. Every opening is the same object. */
export function fakeLocks(
  kinds: readonly string[] = ["fake"],
  scope: Scope = "threads",
): LockProvider & { readonly made: FakeLock[]; readonly madeWith: (LockOptions | undefined)[] } {
  const module = `locks of ${kinds.join()}`;
  const made: FakeLock[] = [];
  const madeWith: (LockOptions | undefined)[] = [];
  const guarantees = { ...fakeGuarantees, scope };
  return {
    module,
    made,
    madeWith,
    kinds: new Map(kinds.map((kind) => [kind, guarantees])),
    create(kind, options) {
      madeWith.push(options);
      const handle = { module, kind, version: 1, data: made.length };
      made.push(new FakeLock(handle, guarantees));
      return handle;
    },
    open: (handle) => made[handle.data as number]!,
  };
}
