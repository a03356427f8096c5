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

/** Alone, the unlocked cell is the oracle as well. */
const SAME_CELL: JudgedRatio = {
  ratio: { value: 1, low: null, high: null, blocks: 1 },
  isApart: false,
};

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
  const pairs = new Map<string, readonly [above: ReportCell, below: ReportCell]>();
  // Locks with the same controls share a step, which is one comparison however often it is shown.
  const step = (above: ReportCell, below: ReportCell): string => {
    const name = JSON.stringify([above.key, below.key]);
    if (above !== below) pairs.set(name, [above, below]);
    return name;
  };
  const found = cells.flatMap((cell) => {
    const controls = splitControls(cell, among);
    if (controls === null) return [];
    const { unlocked, oracle, privateLine } = controls;
    return [
      {
        key: cell.key,
        serialization: step(oracle, unlocked),
        lockTax: step(cell, oracle),
        sharedLine: privateLine === undefined ? null : step(unlocked, privateLine),
      },
    ];
  });
  const judged = judgePairs(
    [...pairs.values()].map(([above, below]) => [measuredOf(above), measuredOf(below)] as const),
    noise,
  );
  const byName = new Map([...pairs.keys()].map((name, i) => [name, judged[i]!]));
  return new Map(
    found.map(({ key, serialization, lockTax, sharedLine }) => [
      key,
      {
        serialization: byName.get(serialization) ?? SAME_CELL,
        lockTax: byName.get(lockTax)!,
        sharedLine: sharedLine === null ? null : byName.get(sharedLine)!,
      },
    ]),
  );
}

/** `+35.0 ns (x8.00 +-4.2%)`; the word tie where the step cannot be told from none, a dash where there is none. */
export function stepText(ns: number, step: JudgedRatio): string {
  if (step === SAME_CELL) return "-";
  const { ratio, isApart } = step;
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
