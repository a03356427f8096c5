import { expect } from "vitest";
import { FifoMutex, type FifoOptions, FutexMutex } from "../src/index.ts";
import { fakePlatform, MODULE } from "./fake-platform.ts";

export type Mutex = FutexMutex | FifoMutex;
export type Kind = "futex" | "fifo";
export const kinds: readonly Kind[] = ["futex", "fifo"];

const opened: Mutex[] = [];
/** Closes every mutex that was opened. A pending acquisition keeps a timer, which would keep the process alive after a failed test. */
export function closeScenes(): void {
  opened.splice(0).forEach((mutex) => mutex.close());
}

/** A mutex, opened as if by threads 1, 2, ... of this test. */
export class Scene {
  readonly kind: Kind;
  readonly handle: Mutex["handle"];
  /** Operating system's threads that are gone; thread n is 100 + n there. */
  readonly gone: Set<number> = new Set();

  constructor(kind: Kind, options?: FifoOptions) {
    this.kind = kind;
    this.handle =
      kind === "futex" ? FutexMutex.create(MODULE, options) : FifoMutex.create(MODULE, options);
  }

  open(threadId: number): Mutex {
    const platform = fakePlatform(threadId, { osThreadId: 100 + threadId, gone: this.gone });
    const mutex =
      this.kind === "futex"
        ? new FutexMutex(this.handle, platform)
        : new FifoMutex(this.handle, platform);
    opened.push(mutex);
    return mutex;
  }
}

export function withCode(code: string): unknown {
  return expect.objectContaining({ name: "TicketlockError", code });
}

/** Whether a promise has settled by the time everything that is ready has run. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => void (settled = true);
  promise.then(settle, settle);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}
