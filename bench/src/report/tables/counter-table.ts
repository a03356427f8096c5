import type { Noise } from "../../compare/judge-pairs.ts";
import { tieGroups } from "../../compare/tie-groups.ts";
import type { ReportCell } from "../report.ts";
import type { Table } from "../table.ts";
import { byPlace, correctness, NOTES, notesOf, throughput } from "./cell-columns.ts";

const MEANING =
  "lost, overlap, oversold: how often seen; beside a 0 the rate that it still allows (95 %).";

/**
 * The main matrix: what adding 1 under each lock of one adapter costs. Where locks were measured on the same
 * work they have tie letters instead of ranks.
 */
export function counterTable(title: string, cells: readonly ReportCell[], noise: Noise): Table {
  const letters = tieLetters(cells, noise);
  return {
    title,
    head: [
      "lock",
      "x",
      "us",
      "ops/s",
      "+-",
      ...(letters.size > 0 ? ["tie"] : []),
      "time/op",
      "cpu/op",
      "oversold",
      "lost",
      "overlap",
      "notes",
    ],
    words: 1,
    rows: [...cells].sort(byPlace).map((cell) => {
      const [perSecond, interval, ...times] = throughput(cell);
      return [
        cell.mode === "counter-async" ? `${cell.lock} await` : cell.lock,
        String(cell.contenders),
        String(cell.section),
        perSecond!,
        interval!,
        ...(letters.size > 0 ? [letters.get(cell.key) ?? ""] : []),
        ...times,
        ...correctness(cell),
        notesOf(cell),
      ];
    }),
    notes: [
      "x: contenders; us: length of the critical section; time/op: wall time over the operations of all.",
      ...(letters.size > 0
        ? [
            "tie: of the locks on the same work, those that share a letter cannot be told apart; the fastest has an a.",
          ]
        : []),
      MEANING,
      NOTES,
    ],
  };
}

/** By the cells' keys; only where there are at least two locks to compare. */
function tieLetters(
  cells: readonly ReportCell[],
  { band, floor }: Noise,
): ReadonlyMap<string, string> {
  const works = Map.groupBy(
    cells.filter(({ role, twin }) => role === "lock" && twin === 0),
    ({ mode, contenders, section }) => [mode, contenders, section].join("/"),
  );
  return new Map(
    [...works.values()]
      .filter((work) => work.length > 1)
      .flatMap((work) => [...tieGroups(work, band, undefined, floor)]),
  );
}
