import { threadId } from "node:worker_threads";
import {
  type AcquireOptions,
  type Handle,
  isTicketlockError,
  type LockState,
  type ResettableLock,
  type SyncGuard,
} from "@ticketlock/core";
import { FifoMutex, FutexMutex, type ThreadPlatform } from "@ticketlock/shared-memory";
import { WrappedGuard, WrappedLock } from "./wrapped-lock.ts";

export const MODULE = "undead";

/** A thread of Node's, of which nobody can see whether it is gone. */
export function platformOf(number: number, exitIsDeath: boolean): ThreadPlatform {
  return {
    module: MODULE,
    exitIsDeath,
    threadId: number,
    runtimeId: (id) => id - 1,
    osThreadId: 0,
    osThreadStart: number,
    threadState: () => "unknown",
    onEnd: () => {},
  };
}

/** Locks of this thread that are to be told of ends. */
export const open: Set<FutexMutex | FifoMutex> = new Set<FutexMutex | FifoMutex>();

export type MemoryMutex = FutexMutex | FifoMutex;

export function openMemory(
  handle: Handle,
  exitIsDeath: boolean,
  number: number = threadId + 1,
): MemoryMutex {
  const platform = platformOf(number, exitIsDeath);
  const mutex =
    handle.kind === "fifo" ? new FifoMutex(handle, platform) : new FutexMutex(handle, platform);
  open.add(mutex);
  return mutex;
}

/** A lock that can be lost, passed on. Defects override what they break. */
export class WrappedLostLock extends WrappedLock implements ResettableLock {
  get memory(): MemoryMutex {
    return this.inner as MemoryMutex;
  }
  reset(): void {
    this.memory.reset();
  }
  override close(): void {
    open.delete(this.memory);
    this.memory.close();
  }
}

/** Whoever waits for a lost lock goes on waiting. */
class HangsWhenLost extends WrappedLostLock {
  override async acquire(options?: AcquireOptions): Promise<SyncGuard> {
    try {
      return await super.acquire(options);
    } catch (error) {
      if (isTicketlockError(error, "LOCK_LOST")) await new Promise(() => undefined);
      throw error;
    }
  }
}

/** A reset frees the lock, but what query tells is what it was. */
class ResetKeepsToken extends WrappedLostLock {
  #resets = 0;
  override reset(): void {
    if (this.memory.query().lost === true) this.#resets++;
    super.reset();
  }
  override query(): LockState {
    const state = this.memory.query();
    return { ...state, token: state.token - this.#resets };
  }
}

class NeverAbandoned extends WrappedGuard {
  override get abandoned(): boolean {
    return false;
  }
}

class ResetForgets extends WrappedLostLock {
  override wrap(guard: SyncGuard): SyncGuard {
    return new NeverAbandoned(guard);
  }
}

/** A reset frees whatever is held. */
class ResetFreesTheLiving extends WrappedLostLock {
  override reset(): void {
    const { holder } = this.memory.query();
    super.reset();
    if (holder === undefined) return;
    const killer = openMemory(this.memory.handle, true, 100_000);
    killer.recover(holder.id + 1);
    open.delete(killer);
    killer.close();
  }
}

let others = 200_000 + 1_000 * threadId;

/** A thread that was ended, and is refused for it, comes in as another one. */
class GrantsToTheEnded extends WrappedLostLock {
  override async acquire(options?: AcquireOptions): Promise<SyncGuard> {
    return super.acquire(options).catch((error: unknown) => this.#again(error).acquire(options));
  }
  override acquireSync(options?: { readonly timeoutMs?: number }): SyncGuard {
    try {
      return super.acquireSync(options);
    } catch (error) {
      return this.#again(error).acquireSync(options);
    }
  }
  #again(error: unknown): MemoryMutex {
    if (!(error instanceof Error && error.message.includes("this thread was ended"))) throw error;
    return openMemory(this.memory.handle, false, ++others);
  }
}

export interface LostDefect {
  readonly inner: "futex" | "fifo";
  /** Whoever is told of an end frees what the ended thread holds. */
  readonly freesOnExit?: boolean;
  readonly broken: typeof WrappedLostLock;
}

/** Locks that are lost with their holder, and sound but for one thing, by kind. */
export const lostDefects: Readonly<Record<string, LostDefect>> = {
  "intact-futex": { inner: "futex", broken: WrappedLostLock },
  "intact-fifo": { inner: "fifo", broken: WrappedLostLock },
  "frees-on-exit": { inner: "futex", freesOnExit: true, broken: WrappedLostLock },
  "hangs-when-lost": { inner: "futex", broken: HangsWhenLost },
  "reset-keeps-token": { inner: "futex", broken: ResetKeepsToken },
  "reset-forgets": { inner: "fifo", broken: ResetForgets },
  "reset-frees-the-living": { inner: "futex", broken: ResetFreesTheLiving },
  "grants-to-the-ended": { inner: "futex", broken: GrantsToTheEnded },
};
