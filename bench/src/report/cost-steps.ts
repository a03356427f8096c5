import { type JudgedRatio, judgePairs, measuredOf, type Noise } from "../compare/judge-pairs.ts";
import { digits, duration, margin } from "./format.ts";
import type { ReportCell } from "./report.ts";
import { splitControls } from "./split-controls.ts";

/** How sure the two steps of a lock's cost are. */
export interface CostSteps {
  /** From unlocked to the oracle. */
  readonly serialization: JudgedRatio;
  /** From the oracle to the lock. */
  readonly lockTax: JudgedRatio;
  /** Unlocked contenders on one cache line, over those with a line each; null where that was not measured. */
  readonly sharedLine: JudgedRatio | null;
}

/**
 * The steps of each of these cells that has a cost split, by the cells' keys: Welch intervals of the ratios, all
 * of them one family.
 *
 * @param among - all cells of the report, controls included
 */
export function costSteps(
  cells: readonly ReportCell[],
  among: readonly ReportCell[],
  noise: Noise,
): ReadonlyMap<string, CostSteps> {
  const found = cells.flatMap((cell) => {
    const controls = splitControls(cell, among);
    if (controls === null) return [];
    const { unlocked, oracle, privateLine } = controls;
    const steps = [[oracle, unlocked] as const, [cell, oracle] as const];
    if (privateLine !== undefined) steps.push([unlocked, privateLine]);
    return [{ key: cell.key, steps }];
  });
  const judged = judgePairs(
    found.flatMap(({ steps }) =>
      steps.map(([above, below]) => [measuredOf(above), measuredOf(below)] as const),
    ),
    noise,
  ).values();
  return new Map(
    found.map(({ key, steps }) => {
      const [serialization, lockTax, sharedLine] = steps.map(() => judged.next().value!);
      return [
        key,
        { serialization: serialization!, lockTax: lockTax!, sharedLine: sharedLine ?? null },
      ];
    }),
  );
}

/** `+35.0 ns (x8.00 +-4.2%)`; the word tie where the step cannot be told from none. */
export function stepText(ns: number, { ratio, isApart }: JudgedRatio): string {
  const interval = margin(ratio);
  const within = interval === "-" ? "" : ` +-${interval}`;
  return `${ns < 0 ? "" : "+"}${duration(ns)} (x${digits(ratio.value)}${within}${isApart ? "" : ", tie"})`;
}

/** Why unlocked contenders are slower than one that works for all, as far as it was measured; undefined where they are not. */
export function whyUnlockedIsSlower({ serialization, sharedLine }: CostSteps): string | undefined {
  if (!serialization.isApart || serialization.ratio.value > 1) return undefined;
  if (sharedLine === null)
    return "unlocked may be slower because contenders fight over a cache line, or because more of them share the cores; not measured here";
  return sharedLine.isApart && sharedLine.ratio.value > 1
    ? `unlocked, contenders fight over a cache line: with a line each they are x${digits(sharedLine.ratio.value)} as fast`
    : "that is no fight over a cache line: with a line each, unlocked contenders are no faster";
}
