import type { Noise } from "../../compare/judge-pairs.ts";
import { type CostSteps, costSteps, stepText, whyUnlockedIsSlower } from "../cost-steps.ts";
import { duration } from "../format.ts";
import type { ReportCell } from "../report.ts";
import type { Table } from "../table.ts";
import { byPlace } from "./cell-columns.ts";

/** The way from unlocked to oracle to locked, of each lock that has both controls; its steps are one family. */
export function splitTable(name: string, cells: readonly ReportCell[], noise: Noise): Table {
  const split = [...cells]
    .filter(({ statistics, twin }) => statistics.split !== null && twin === 0)
    .sort(byPlace);
  const steps = costSteps(split, cells, noise);
  const rows = split.flatMap((cell) => {
    const { split } = cell.statistics;
    const judged = steps.get(cell.key);
    if (split === null || judged === undefined) return [];
    return [
      [
        cell.lock,
        String(cell.contenders),
        String(cell.section),
        duration(split.unlockedNs),
        duration(split.oracleNs),
        duration(split.lockedNs),
        stepText(split.serializationNs, judged.serialization),
        stepText(split.lockTaxNs, judged.lockTax),
      ],
    ];
  });
  return {
    title: `Where the cost comes from: ${name}`,
    head: ["lock", "x", "us", "unlocked", "oracle", "locked", "serialization", "the lock's tax"],
    words: 1,
    rows,
    notes: [
      "unlocked: nobody waits. oracle: one contender does everybody's work. Ratios with half their intervals, at Holm's level for this table; tie: the step cannot be told from none; a dash: alone, unlocked is the oracle.",
      ...reasons(split, steps),
    ],
  };
}

/** Why less is left than unlocked took, said once for all rows of which it is true. */
function reasons(cells: readonly ReportCell[], steps: ReadonlyMap<string, CostSteps>): string[] {
  const told = cells.flatMap((cell) => {
    const judged = steps.get(cell.key);
    const why = judged === undefined ? undefined : whyUnlockedIsSlower(judged);
    return why === undefined ? [] : [{ why, at: `x${cell.contenders} and ${cell.section} us` }];
  });
  return [...Map.groupBy(told, ({ why }) => why)].map(
    ([why, rows]) =>
      `Less than unlocked, with ${[...new Set(rows.map(({ at }) => at))].join(", ")}: ${why}.`,
  );
}
