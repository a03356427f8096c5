/**
 * A state of the model, in numbers, so that copying one is cheap. Some words at the front, then six for
 * each thread, then the memory: the values of the words of the `WordTable`, as far as any has been
 * written.
 */
export type State = number[];

/** How many may die yet. */
export const DEATHS_LEFT = 0;
/** The highest fencing token with which anybody has entered. */
export const TOKEN = 1;
/** Of a search with bounded preemptions: 1 + the thread that ran last and could go on, else 0. */
export const CURRENT = 2;
const FIRST_THREAD = 3;

/** Of a thread: the id of its continuation. */
export const PLACE = 0;
export const LIFE = 1;
/** 1 inside its section. */
export const INSIDE = 2;
/** 1 + how often it was overtaken since it arrived; 0 if it has not. */
export const BYPASSED = 3;
/** 1 + the word on which it sleeps; 0 if it is awake. */
export const ASLEEP_ON = 4;
/** Its place among those who sleep on that word, from 0; always 0 where any may be woken. */
export const RANK = 5;
const THREAD_WORDS = 6;

/** Values of LIFE. */
export const WAITS_TO_START = 0;
export const RUNS = 1;
export const DEAD = 2;
/** Was taken for dead, and runs on. */
export const ZOMBIE = 3;

/** Where the words of a thread begin. */
export function threadAt(thread: number): number {
  return FIRST_THREAD + thread * THREAD_WORDS;
}

/** Where the memory begins in a model of so many threads. */
export function memoryAt(threads: number): number {
  return threadAt(threads);
}
