import { type Cell, ORACLE, PRIVATE_LINE, STEADY } from "../plan/cell.ts";

/** What tells a cell from others. */
type Place = Omit<Cell, "mode" | "store" | "gate"> & { readonly mode: string };

/** The cells between which a lock's cost is split. */
export interface SplitControls<C> {
  readonly unlocked: C;
  readonly oracle: C;
  /** Unlocked contenders with a cache line each; undefined where that was not measured. */
  readonly privateLine: C | undefined;
}

/**
 * A lock's unlocked cell and its oracle; null where either is missing, and where there is nothing to split. An
 * oracle with another number of contenders will do where that one was left out: only one of them ever works.
 */
export function splitControls<C extends Place>(
  cell: C,
  cells: Iterable<C>,
): SplitControls<C> | null {
  if (cell.role !== "lock" || cell.mode !== "counter" || cell.scenario !== STEADY) return null;
  const beside = [...cells].filter(
    (other) =>
      other.adapter === cell.adapter &&
      other.runtime === cell.runtime &&
      other.mode === cell.mode &&
      other.scenario === STEADY &&
      other.section === cell.section &&
      other.twin === 0,
  );
  const withAsMany = (lock: string): C | undefined =>
    beside.find((other) => other.lock === lock && other.contenders === cell.contenders);
  const oracles = beside.filter(
    (other) => (other.lock === "none" && other.contenders === 1) || other.lock === ORACLE,
  );
  const distance = (other: C): number => Math.abs(other.contenders - cell.contenders);
  const [oracle] = oracles.sort((a, b) => distance(a) - distance(b));
  const unlocked = withAsMany("none");
  if (unlocked === undefined || oracle === undefined) return null;
  return { unlocked, oracle, privateLine: withAsMany(PRIVATE_LINE) };
}
