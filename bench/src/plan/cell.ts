import type { SellingMode } from "@ticketlock/core";

/**
 * What is done in a cell: `counter` adds 1 to a shared counter under the lock, synchronously where
 * the lock can block; `counter-async` awaits every acquisition; the selling modes sell tickets.
 */
export type CellMode = "counter" | "counter-async" | SellingMode;

/**
 * Why a cell is measured. `control`s are not candidates: they bound what the locks' numbers can
 * mean. A `peer` is somebody else's lock on the same work.
 */
export type CellRole = "lock" | "control" | "sale" | "peer";

/** Controls that are not kinds of locks: `none` runs beneath them. */
export const ORACLE = "oracle";
export const PRIVATE_LINE = "private-line";
export const FALSE_SHARING = "false-sharing";

/** One point of the comparison. */
export interface Cell {
  readonly runtime: string;
  readonly adapter: string;
  /** Kind of lock, or name of a control. */
  readonly lock: string;
  /** Kind of store, or where the counter lives (`WordsPlace`): no store, since it must cost next to nothing. */
  readonly store: string;
  readonly mode: CellMode;
  readonly contenders: number;
  /** Length of the critical section in microseconds of busy work. */
  readonly section: number;
  readonly role: CellRole;
  /** Name of the scenario by which contenders come and hold; `steady`: each comes again at once. */
  readonly scenario: string;
  /** True for one of the few cells that `compare` decides by; all others are exploratory. */
  readonly gate: boolean;
  /** 0, or 1 for the second of two twins: the same cell measured twice, which shows the noise floor. */
  readonly twin: number;
}

/** The scenario of most cells: each contender comes again as soon as it is out. */
export const STEADY = "steady";

/** A cell's name, unique in a run: what `--json`, progress lines and tests call it. */
export function cellKey(cell: Cell): string {
  const { runtime, adapter, lock, store, mode, contenders, section, scenario, twin } = cell;
  return [
    runtime,
    adapter,
    lock,
    store,
    mode,
    `x${contenders}`,
    `${section}us`,
    ...(scenario === STEADY ? [] : [scenario]),
    ...(twin > 0 ? ["twin"] : []),
  ].join("/");
}

/** The lock kind that really runs in a cell: several controls are ways of using `none`. */
export function lockKindOf(cell: Cell): string {
  return [ORACLE, PRIVATE_LINE, FALSE_SHARING].includes(cell.lock) ? "none" : cell.lock;
}

/** True if the cell counts on shared words, rather than selling from a store. */
export function isCounterCell(cell: Pick<Cell, "mode">): boolean {
  return cell.mode === "counter" || cell.mode === "counter-async";
}
