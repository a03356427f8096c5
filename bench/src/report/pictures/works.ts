import { BROKEN_KIND } from "@ticketlock/core";
import { type Cell, isCounterCell, ORACLE, STEADY } from "../../plan/cell.ts";
import type { ReportCell } from "../report.ts";

/** Cells of one adapter that do the same work and may differ in their lock and number of contenders only. */
export interface Work {
  readonly adapter: string;
  readonly runtime: string;
  readonly mode: string;
  readonly section: number;
  /** Locks, then the controls that tell what serialization is, each with all its numbers of contenders. */
  readonly cells: readonly ReportCell[];
}

/** Controls that belong beside locks; the others tell about the bench. */
const SHOWN_CONTROLS: readonly string[] = ["none", ORACLE];

/** The works on counters that a report's steady cells did, in the report's order; the second of twins is left out. */
export function worksOf(cells: readonly ReportCell[]): Work[] {
  const shown = cells.filter(
    (cell) =>
      cell.scenario === STEADY &&
      cell.twin === 0 &&
      isCounterCell(cell as Cell) &&
      (cell.role === "lock" || (cell.role === "control" && SHOWN_CONTROLS.includes(cell.lock))),
  );
  const groups = Map.groupBy(shown, ({ adapter, runtime, mode, section }) =>
    JSON.stringify([adapter, runtime, mode, section]),
  );
  return [...groups.values()]
    .filter((group) => group.some(isLock))
    .map((group) => {
      const { adapter, runtime, mode, section } = group[0]!;
      return {
        adapter,
        runtime,
        mode,
        section,
        cells: [...group.filter(isLock), ...group.filter((cell) => !isLock(cell))],
      };
    });
}

/** True for a candidate of this repository, false for controls and peers. */
export function isLock({ role, lock }: ReportCell): boolean {
  return role === "lock" && lock !== BROKEN_KIND;
}

/**
 * The number of contenders that tells most about a work: that at which most locks were measured; of
 * equals the smallest above one, since one contender never waits.
 */
export function focusOf(cells: readonly ReportCell[]): number {
  const counts = Map.groupBy(cells.filter(isLock), ({ contenders }) => contenders);
  const alone = (contenders: number): number => Number(contenders === 1);
  const [best] = [...counts].sort(
    ([a, some], [b, others]) => alone(a) - alone(b) || others.length - some.length || a - b,
  );
  return best?.[0] ?? 1;
}

/** The lock that stands for its adapter: measured most often, of equals the first. */
export function referenceLock(cells: readonly ReportCell[]): string | undefined {
  const [best] = [...Map.groupBy(cells.filter(isLock), ({ lock }) => lock)].sort(
    ([, some], [, others]) => others.length - some.length,
  );
  return best?.[0];
}

/** Who did what, for titles: `worker-threads on node, 10 us inside, awaited`. */
export function workTitle({ adapter, runtime, mode, section }: Work): string {
  const how = mode === "counter-async" ? ", awaited" : "";
  return `${adapter} on ${runtime}, ${sectionText(section)}${how}`;
}

/** How long a section is. */
export function sectionText(section: number): string {
  return `${section} us inside`;
}
