import type { MaybePromise } from "@ticketlock/core";
import { ConformanceError } from "./expect.ts";

/** How long a poll rests before it looks again. It only bounds the cost of looking. */
const POLL_MS = 1;

/** Waits for `work`, but no longer than a limit that says "never" rather than "slow". */
export async function within<T>(limitMs: number, what: string, work: MaybePromise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(new ConformanceError(`Not within ${limitMs} ms: ${what}.`));
    timer = setTimeout(fail, limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until `condition` holds, within a limit. */
export async function until(
  limitMs: number,
  what: string,
  condition: () => MaybePromise<boolean>,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await within(limitMs, what, condition()))) {
    if (performance.now() > deadline) {
      throw new ConformanceError(`Not within ${limitMs} ms: ${what}.`);
    }
    await rest();
  }
}

/** Lets everything else that is ready to run go first. */
export function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/** Lets what waits in the queue of microtasks go first. */
export function microtask(): Promise<void> {
  return Promise.resolve();
}

/** A promise that can be looked at, and whose rejection is nobody's accident. */
export interface Watched<T> {
  readonly settled: boolean;
  readonly result: Promise<T>;
}

/** Watches a pending call: whether it has settled can be asked without waiting for it. */
export function watch<T>(result: Promise<T>): Watched<T> {
  const watched = { settled: false, result };
  const settle = (): void => {
    watched.settled = true;
  };
  result.then(settle, settle);
  return watched;
}
