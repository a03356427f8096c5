import { STEADY } from "../../plan/cell.ts";
import { describeGrowth, type GrowthRange, LEAST_COUNTS } from "../../statistics/usl.ts";
import { isLock } from "../pictures/works.ts";
import type { ReportCell } from "../report.ts";
import type { Table } from "../table.ts";

/**
 * How throughput grows with contenders, as the Universal Scalability Law describes it: each lock that was measured
 * at numbers of contenders enough for a fit, and why there is none.
 */
export function growthTable(cells: readonly ReportCell[]): Table {
  const series = Map.groupBy(
    cells.filter(
      (cell) =>
        isLock(cell) && cell.scenario === STEADY && cell.twin === 0 && cell.mode === "counter",
    ),
    ({ adapter, runtime, lock, section }) => JSON.stringify([adapter, runtime, lock, section]),
  );
  return {
    title: "Growth with contenders (Universal Scalability Law)",
    head: ["lock", "adapter", "us", "x", "sigma", "kappa", "misses by"],
    words: 2,
    rows: [...series.values()]
      .filter((some) => some.length >= LEAST_COUNTS)
      .map((some) => {
        const { lock, adapter, section } = some[0]!;
        const counts = some.map(({ contenders }) => contenders);
        const { fit, why, sigma, kappa, residual } = growthOf(some);
        return [
          lock,
          adapter,
          String(section),
          `${Math.min(...counts)}-${Math.max(...counts)}`,
          fit === null ? `no fit: ${why}` : valueText(fit.sigma, sigma),
          fit === null ? "-" : valueText(fit.kappa, kappa),
          residual === null ? "-" : `${(100 * residual).toFixed(1)}%`,
        ];
      }),
    notes: [
      "sigma: the share of each operation that the others must wait for, above 1 where two contenders do less than one alone; kappa: what each pair of contenders costs the others; each with its 95 % range over the blocks. misses by: how far the curve lies from the points, on average. It describes what was measured and foretells nothing.",
      "x1 is of another kind: one contender alone never waits and goes through no slow path, so a curve through it and the others is a compromise.",
    ],
  };
}

/** How a lock's throughput grows: its fit with ranges, or why there is none. @param cells - one for each number of contenders */
export function growthOf(cells: readonly ReportCell[]): ReturnType<typeof describeGrowth> {
  return describeGrowth(
    cells.map(({ contenders, blocks }) => ({
      contenders,
      perS: blocks.map(({ meanNs }) => 1e9 / meanNs),
    })),
  );
}

function valueText(value: number, range: GrowthRange | null): string {
  const text = (each: number): string => (each === 0 ? "0" : each.toPrecision(2));
  return range === null
    ? text(value)
    : `${text(value)} (${text(range.low)} to ${text(range.high)})`;
}
