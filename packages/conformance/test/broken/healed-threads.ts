/**
 * The locks of threads as they are, but for wake-ups that are dropped now and then. Waiters look as usual, and
 * so mend it after a moment: only who lets them look seldom finds it out.
 */
import {
  type Adapter,
  type BlockingLock,
  checkHandle,
  type Handle,
  type Lock,
  type LockProvider,
} from "@ticketlock/core";
import { adapter as sound } from "@ticketlock/worker-threads/adapter";
import { WrappedGuard, WrappedLock } from "./wrapped-lock.ts";

export { lookSeldom } from "@ticketlock/worker-threads/adapter";

const module = "healed-threads";
const VERSION = 1;
/** One of so many releases wakes nobody. */
const DROPS_EACH = 3;
const engine = sound.locks[0]!;

let releases = 0;

class DroppingGuard extends WrappedGuard {
  override release(): void {
    if (++releases % DROPS_EACH === 0) withoutNotify(() => this.inner.release());
    else this.inner.release();
  }
}

/** Locks look `Atomics` up when they call it. */
function withoutNotify(act: () => void): void {
  const original = globalThis.Atomics;
  globalThis.Atomics = Object.create(original, { notify: { value: () => 0 } }) as typeof Atomics;
  try {
    act();
  } finally {
    globalThis.Atomics = original;
  }
}

class DroppingLock extends WrappedLock {
  override wrap(guard: WrappedGuard["inner"]): WrappedGuard["inner"] {
    return new DroppingGuard(guard);
  }
}

const locks: LockProvider = {
  module,
  kinds: engine.kinds,
  async create(kind, options): Promise<Handle> {
    return { module, kind, version: VERSION, data: await engine.create(kind, options) };
  },
  async open(raw: Handle): Promise<Lock> {
    const handle = checkHandle(raw, { module, kinds: engine.kinds.keys(), version: VERSION });
    const inner = (await engine.open(handle.data as Handle)) as BlockingLock;
    return new DroppingLock(handle, inner.guarantees, inner);
  },
};

export const adapter: Adapter = { ...sound, name: module, url: import.meta.url, locks: [locks] };
