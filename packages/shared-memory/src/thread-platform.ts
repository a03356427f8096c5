/**
 * What the locks need to know about threads and cannot learn from ECMAScript. An adapter injects it:
 * this package calls no runtime's API.
 */
export interface ThreadPlatform {
  /** Package name of the adapter: handles of another module are refused. */
  readonly module: string;
  /**
   * True if a thread that is told to have ended runs no more, so that what it held may be freed. False
   * where it may run on: then its holds are lost, not freed, unless threadState says that it is gone.
   */
  readonly exitIsDeath: boolean;
  /** Number of the calling thread, 1 to 2^30 - 1, never used again by another thread that shares its memory. */
  readonly threadId: number;
  /** What the runtime calls the thread of this number: the id that a program knows it by. */
  runtimeId(threadId: number): number;
  /** The operating system's id of the calling thread, 0 if unknown. */
  readonly osThreadId: number;
  /** Something that differs when an operating system's id is used again: the thread's start time, folded to 31 bits. */
  readonly osThreadStart: number;
  /** Looks whether an operating system thread still exists; must be cheap enough for every few milliseconds. */
  threadState(osThreadId: number, osThreadStart: number): "alive" | "gone" | "unknown";
  /** Calls `listener` with the number of the thread behind a worker object once it has ended. @throws {TypeError} if it is none. */
  onEnd(worker: unknown, listener: (threadId: number) => void): void;
}

/**
 * How long a waiter sleeps before it looks whether the holder still exists. Usually the dead
 * thread's parent tells at once; the look is for a parent that is itself blocked, and for threads
 * that nobody watches. For a waiter
 * that blocks, half of the 20 ms in which a death has to be answered, less a thread's 3 ms to die.
 */
export const LOOK_INTERVAL_MS = 8;

/**
 * Longest time between two looks of a waiter that does not block its thread. It begins with
 * LOOK_INTERVAL_MS and doubles: such a thread also hears what others tell it, and a long wait should
 * cost nothing.
 */
export const LONGEST_LOOK_INTERVAL_MS = 64;
