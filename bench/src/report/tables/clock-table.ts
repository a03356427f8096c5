import { clockStepNs } from "../clock-step.ts";
import { duration } from "../format.ts";
import type { Report } from "../report.ts";
import type { Table } from "../table.ts";

/** What a time can be trusted to, by who measured it. */
export function clockTable({ cells }: Report): Table {
  const own = cells.filter((cell) => cell.role !== "peer");
  return {
    title: "Clocks",
    head: ["adapter", "runtime", "step", "between contenders"],
    words: 2,
    rows: [...Map.groupBy(own, ({ adapter }) => adapter)].map(([adapter, some]) => [
      adapter,
      some[0]!.runtime,
      duration(clockStepNs(cells, some[0]!)),
      duration(
        Math.max(...some.flatMap(({ blocks }) => blocks.map((block) => block.clockErrorNs))),
      ),
    ]),
    notes: [
      "step: the smallest that any block saw of the owner's clock. between contenders: what the clocks of two of them may differ by, 0 where they are one clock; the largest of all blocks. Rates are taken from each contender's own clock and do not depend on it.",
    ],
  };
}
