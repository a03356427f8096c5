import { duration } from "../format.ts";
import { OTHER_PACE, pacesOf } from "../pace.ts";
import type { Report } from "../report.ts";
import type { Table } from "../table.ts";

/** How fast the machine was beside the windows, by a piece of work that is always the same. */
export function paceTable({ cells }: Report): Table {
  return {
    title: "The machine's pace",
    head: ["runtime", "typical", "best", "slowest", "windows", "at another pace"],
    words: 1,
    rows: pacesOf(cells).map(({ runtime, typicalNs, bestNs, slowestNs, windows, others }) => [
      runtime,
      duration(typicalNs),
      duration(bestNs),
      duration(slowestNs),
      String(windows),
      `${Math.round((100 * others) / windows)}%`,
    ]),
    notes: [
      `An operation of a fixed piece of work, done before and after each window while nobody else of the run works. At another pace: more than ${OTHER_PACE} times the best. Each runtime compiles it in its own way, so rows do not compare.`,
    ],
  };
}
