import { warmPace } from "../environment/pace.ts";
import { nsPerOperation } from "./rates.ts";
import type { WindowOutput } from "./window.ts";

/** How long one warm-up window is, and how many there are at most, or how long they may take. */
export interface WarmUpSize {
  readonly lengthMs: number;
  readonly atMost: number;
  readonly mostMs: number;
}

/** Warm-up of contenders that have no rivals: each for itself, window after window without a pause. */
export function warmUpAlone(windowMs: number): WarmUpSize {
  const lengthMs = clamp(windowMs / 5, 10, 40);
  return { lengthMs, atMost: 10, mostMs: 10 * lengthMs };
}

/**
 * Warm-up of contenders that compete: windows as those that are measured, of half their length. Shorter ones
 * would be shorter than a scheduler's slice, and tell who had the core.
 */
export function warmUpTogether(windowMs: number): WarmUpSize {
  const lengthMs = clamp(windowMs / 2, 25, 100);
  return { lengthMs, atMost: 8, mostMs: 8 * lengthMs };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** So many windows in a row must agree. */
const AGREEING = 3;
/** Within which the last rates of a contender without rivals, or of all that compete together, must lie. */
const AGREEMENT_ALONE = 1.05;
/** The margin within which `compare` calls contended cells equivalent: their windows scatter by more than 5 %. */
export const AGREEMENT_TOGETHER = 1.1;

/** True once warm-up may end: the last three rates lie within a factor. */
export function ratesAgree(rates: readonly number[], factor: number = AGREEMENT_ALONE): boolean {
  if (rates.length < AGREEING) return false;
  const last = rates.slice(-AGREEING);
  const slowest = Math.min(...last);
  return slowest > 0 && Math.max(...last) <= slowest * factor;
}

/** How contenders got warm. */
export interface WarmUp {
  /** Windows of each contender. */
  readonly warmUps: readonly number[];
  /** Whether the last rates agreed, or windows were no more; null of a contender that does not work. */
  readonly settled: readonly (boolean | null)[];
  /** What a look at the clock costs each contender. */
  readonly lookNs: readonly number[];
  /** Of the last window. */
  readonly outputs: readonly WindowOutput[];
}

/**
 * Lets contenders warm up, and then the piece of work by which their owner tells the machine's pace. Where they compete they do so together, until three windows agree in the sum of their
 * rates, since the rate of each is the scheduler's doing as much as the compiler's; else each until three
 * windows of its own agree. Ends in any case once the time is up.
 *
 * @param competing - contenders are more than one, and all work
 * @param window - runs one window; of contenders that do not compete, all that each needs
 */
export async function warmUp(
  competing: boolean,
  size: WarmUpSize,
  window: () => Promise<readonly WindowOutput[]>,
): Promise<WarmUp> {
  const warmed = await warmContenders(competing, size, window);
  warmPace();
  return warmed;
}

async function warmContenders(
  competing: boolean,
  { lengthMs, atMost, mostMs }: WarmUpSize,
  window: () => Promise<readonly WindowOutput[]>,
): Promise<WarmUp> {
  if (!competing) {
    const outputs = await window();
    const warmUps = outputs.map((output) => output.warmUps);
    return { ...told(outputs), warmUps, settled: outputs.map((output) => output.settled) };
  }
  const untilMs = performance.now() + mostMs;
  const rates: number[] = [];
  for (;;) {
    const outputs = await window();
    rates.push(rateOf(outputs));
    const settled = ratesAgree(rates, AGREEMENT_TOGETHER);
    const isOver = rates.length >= atMost || performance.now() + lengthMs > untilMs;
    if (!settled && !isOver) continue;
    return {
      ...told(outputs),
      warmUps: outputs.map(() => rates.length),
      settled: outputs.map(() => settled),
    };
  }
}

function told(outputs: readonly WindowOutput[]): Pick<WarmUp, "outputs" | "lookNs"> {
  return { outputs, lookNs: outputs.flatMap(({ lookNs }) => lookNs ?? []) };
}

/** Operations per nanosecond of all; 0 where nobody got to work. */
function rateOf(outputs: readonly WindowOutput[]): number {
  const shares = outputs.map((output) => output.operations);
  const spansNs = outputs.map((output) => output.endedAfterNs - output.beganAfterNs);
  return shares.every((share) => share === 0) ? 0 : 1 / nsPerOperation(shares, spansNs);
}
