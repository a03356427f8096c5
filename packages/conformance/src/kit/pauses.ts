import { randomFrom } from "./random.ts";

/** The steps between which another contender could come in. */
const steps = ["load", "store", "exchange", "compareExchange", "add", "sub", "or", "and"] as const;

/** One step in so many is followed by a pause. */
const PAUSE_ONE_IN = 6;
const LONGEST_PAUSE_MS = 0.3;

/**
 * Makes this thread pause at random after its atomic steps, by replacing what `Atomics` offers; gives
 * what ends it. A window that stands open for nanoseconds then stands open for long enough to be
 * found even on one core. A lock that takes no atomic step in this thread is not touched by it.
 */
export function pauseBetweenAtomicSteps(seed: number): () => void {
  const random = randomFrom(seed);
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  const { wait } = Atomics;
  const originals = steps.map(
    (step) => [step, Object.getOwnPropertyDescriptor(Atomics, step)!] as const,
  );
  for (const [step, original] of originals) {
    const perform = original.value as (...args: unknown[]) => unknown;
    const value = (...args: unknown[]): unknown => {
      const result = perform(...args);
      if (random() * PAUSE_ONE_IN < 1) wait(nobody, 0, 0, random() * LONGEST_PAUSE_MS);
      return result;
    };
    Object.defineProperty(Atomics, step, { ...original, value });
  }
  return () => {
    for (const [step, original] of originals) Object.defineProperty(Atomics, step, original);
  };
}
