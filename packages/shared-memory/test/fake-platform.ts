import type { ThreadPlatform } from "../src/thread-platform.ts";

/** Whose handles the tests make. */
export const MODULE = "test";

/** A thread that a test plays, and the deaths that the operating system would tell of. */
export interface FakePlatform extends ThreadPlatform {
  /** Operating system's ids of threads that exist no more. */
  readonly gone: Set<number>;
  /** Those who watch a worker object. */
  readonly watched: Map<unknown, (threadId: number) => void>;
}

/** Threads of one test share `gone`; an id of 0 means that the operating system tells nothing. */
export function fakePlatform(
  threadId: number,
  {
    osThreadId = 0,
    gone = new Set<number>(),
    exitIsDeath = true,
  }: { osThreadId?: number; gone?: Set<number>; exitIsDeath?: boolean } = {},
): FakePlatform {
  const watched = new Map<unknown, (threadId: number) => void>();
  return {
    module: MODULE,
    exitIsDeath,
    threadId,
    runtimeId: (id) => id,
    osThreadId,
    osThreadStart: osThreadId * 7,
    threadState: (id, start) => (gone.has(id) ? "gone" : start === id * 7 ? "alive" : "gone"),
    onEnd: (worker, listener) => void watched.set(worker, listener),
    gone,
    watched,
  };
}
