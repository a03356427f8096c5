/** Words that a worker which is to be terminated shares with its parent. */
export const GATE = 0;
export const STARTED = 1;
/** Counts the steps that it makes. */
export const STEPS = 2;

/** What it does when it is terminated. */
export const ways = [
  "sleep",
  "sleep, woken meanwhile",
  "sleep in slices",
  "work without end",
  "wait without blocking",
  "commit without end",
  "wait for the lock",
  "hold, while the parent blocks",
] as const;
export type Way = (typeof ways)[number];

/** What came of many trials. */
export interface Terminated {
  readonly trials: number;
  readonly ranOn: number;
  readonly livesOn: number;
  readonly wrong: number;
}
