const Original = globalThis.Date;
let shiftMs = 0;

/** The wall clock of this thread as if somebody had set it: `Date` alone, since all else must be monotonic. */
class ShiftedDate extends Original {
  constructor(given: string | number | Date = Original.now() + shiftMs) {
    super(given);
  }

  static override now(): number {
    return Original.now() + shiftMs;
  }
}

/** Lets this thread's wall clock jump by so many milliseconds, forward or back. */
export function shiftClock(byMs: number): void {
  shiftMs += byMs;
  globalThis.Date = ShiftedDate as DateConstructor;
}

/** Puts the wall clock right again. */
export function restoreClock(): void {
  shiftMs = 0;
  globalThis.Date = Original;
}
