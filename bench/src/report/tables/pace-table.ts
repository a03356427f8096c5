import { duration } from "../format.ts";
import { OTHER_PACE, pacesOf } from "../pace.ts";
import type { Report } from "../report.ts";
import type { Table } from "../table.ts";

/** How fast the machine was beside the windows, by a piece of work that is always the same. */
export function paceTable({ cells }: Report): Table {
  const paces = pacesOf(cells);
  return {
    title: "The machine's pace",
    head: ["runtime", "typical", "best", "slowest", "windows", "at another pace"],
    words: 1,
    rows: paces.map(({ runtime, typicalNs, bestNs, slowestNs, windows, others, settled }) => [
      runtime,
      duration(typicalNs),
      duration(bestNs),
      duration(slowestNs),
      String(windows),
      settled ? `${Math.round((100 * others) / windows)}%` : "not told",
    ]),
    notes: [
      `An operation of a fixed piece of work, done before and after each window while nobody else of the run works. At another pace: more than ${OTHER_PACE} times the best, which is what the fastest twentieth of the windows reached. Each runtime compiles it in its own way, so rows do not compare.`,
      ...(paces.every(({ settled }) => settled)
        ? []
        : [
            "Not told: the first windows of its processes were slower than the later ones, or some far slower than a neighbour makes them, so that differences are its compiler's as much as the machine's.",
          ]),
    ],
  };
}
