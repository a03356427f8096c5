/** Where the work's result goes, so that the compiler cannot leave it out; typed, so that it cannot change its mind about it. */
const sink = new Int32Array(1);

/**
 * Busy work for critical sections: pure arithmetic, no clock, and one word of memory that nobody
 * else touches. Shifts and exclusive ors only (Marsaglia's xorshift): they stay 32-bit integers at
 * every tier of a compiler. A multiply and add took six times as long in V8's middle tier as in its
 * last, so the same section lasted 10 or 60 us, depending on where its loop had got to.
 */
export function busyWork(spins: number): void {
  let value = sink[0]! | 1;
  for (let i = 0; i < spins; i++) {
    value ^= value << 13;
    value ^= value >> 17;
    value ^= value << 5;
  }
  sink[0] = value;
}

/** Many short trials, called as sections call it: one long loop would be compiled in another way. */
const TRIALS = 600;
const TRIAL_SPINS = 8_000;
let spinsPerUs: number | undefined;

/** Spins that take `us` microseconds here. The fastest of many trials: whatever disturbs one only makes it slower. */
export function spinsFor(us: number, nowNs: () => bigint): number {
  if (us === 0) return 0;
  spinsPerUs ??= calibrate(nowNs);
  return Math.max(1, Math.round(us * spinsPerUs));
}

function calibrate(nowNs: () => bigint): number {
  // What follows the loop must have run before the loop is compiled, or its code is thrown away again and again.
  for (let i = 0; i < 100; i++) busyWork(10);
  let fastestNs = Infinity;
  for (let trial = 0; trial < TRIALS; trial++) {
    const before = nowNs();
    busyWork(TRIAL_SPINS);
    fastestNs = Math.min(fastestNs, Number(nowNs() - before));
  }
  return TRIAL_SPINS / (fastestNs / 1_000);
}
