import { mean } from "../statistics/interval.ts";
import { total } from "../statistics/total.ts";
import { duration, plural } from "./format.ts";
import { OTHER_PACE, otherPaceShare, pacesOf } from "./pace.ts";
import type { Report, ReportCell } from "./report.ts";
import { warmthOf } from "./warmth.ts";

/** Under what conditions a cell was measured: the machine's pace, whether contenders were warm, what clocks cost. */
export function conditionSentences({ cells }: Report, cell: ReportCell): string[] {
  return [...paceSentence(cells, cell), ...warmUpSentence(cell), ...looksSentence(cell)];
}

function paceSentence(cells: readonly ReportCell[], cell: ReportCell): string[] {
  const paces = pacesOf(cells);
  const own = paces.find(({ runtime }) => runtime === cell.runtime);
  if (own === undefined || cell.blocks.every(({ windows }) => windows.every(isWithoutPace)))
    return [];
  const { typicalNs, bestNs, slowestNs } = own;
  const share = otherPaceShare(cell, paces);
  const told =
    share === null
      ? "its compiler had not settled, so that nothing is told by it"
      : `${Math.round(share * 100)} % of this cell's windows at more than ${OTHER_PACE} times the best`;
  return [
    `The machine's pace, by a piece of work that is always the same: ${duration(typicalNs)} typical, ${duration(bestNs)} at best, ${duration(slowestNs)} at worst in this run with ${cell.runtime}; ${told}.`,
  ];
}

function isWithoutPace({ noise }: ReportCell["blocks"][number]["windows"][number]): boolean {
  return noise.pace === null;
}

function warmUpSentence({ blocks }: ReportCell): string[] {
  const { known, settled } = warmthOf(blocks);
  if (known === 0) return [];
  return [
    `Warm-up: the rates of ${settled} of ${plural(known, "contender")}, all blocks together, agreed in the end${settled === known ? "" : "; for the others the time was up"}.`,
  ];
}

/** A contender that does nothing looks at no clock. */
function looksSentence({ blocks }: ReportCell): string[] {
  const looksNs = blocks.flatMap(({ lookNs }) => lookNs);
  if (looksNs.length === 0) return [];
  const lookNs = mean(looksNs);
  const shares = blocks.flatMap(({ windows }) =>
    windows.flatMap(({ looks, spansNs, shares }) => {
      const workedNs = total(
        spansNs.filter((_, i) => shares[i]! > 0),
        (ns) => ns,
      );
      return looks === null || workedNs === 0 ? [] : [(looks * lookNs) / workedNs];
    }),
  );
  if (shares.length === 0) return [];
  return [
    `Looking at the clock, ${duration(lookNs)} each time, took ${(100 * mean(shares)).toFixed(2)} % of the windows.`,
  ];
}
