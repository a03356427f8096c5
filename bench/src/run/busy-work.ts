/**
 * Busy work for critical sections: pure arithmetic, no memory, no clock. Calibrated in every isolate,
 * because how fast it runs depends on what the compiler there has made of it.
 */
export function busyWork(spins: number): number {
  let value = spins | 1;
  for (let i = 0; i < spins; i++) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
  return value;
}

const TRIALS = 12;
const TRIAL_SPINS = 100_000;
let spinsPerUs: number | undefined;

/** Spins that take `us` microseconds here. The fastest of several trials: whatever disturbs one only makes it slower. */
export function spinsFor(us: number, nowNs: () => bigint): number {
  if (us === 0) return 0;
  spinsPerUs ??= calibrate(nowNs);
  return Math.max(1, Math.round(us * spinsPerUs));
}

function calibrate(nowNs: () => bigint): number {
  let fastestNs = Infinity;
  for (let trial = 0; trial < TRIALS; trial++) {
    const before = nowNs();
    keep(busyWork(TRIAL_SPINS));
    fastestNs = Math.min(fastestNs, Number(nowNs() - before));
  }
  return TRIAL_SPINS / (fastestNs / 1_000);
}

/** Where results go, so that the work behind them is not optimised away. */
export const sink: { value: number } = { value: 0 };

/** Uses a result. */
export function keep(value: number): void {
  sink.value ^= value;
}
