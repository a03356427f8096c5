import { usageError } from "../cli/usage-error.ts";
import type { Candidate, Selection } from "../plan/candidates.ts";
import { cellKey } from "../plan/cell.ts";
import { makePlan, type Plan } from "../plan/plan.ts";
import type { Preset } from "../plan/presets.ts";
import {
  checksOf,
  CONFORMANCE_CONTENDER_MS,
  type MeasuredLock,
  measuredLocks,
} from "../run/measured-locks.ts";
import type { Tree } from "./tree.ts";

/** What will be measured in two trees. */
export interface TreesPlan {
  readonly plan: Plan;
  /** Of each tree, what must pass the conformance suite before it is measured. */
  readonly locks: readonly [old: readonly MeasuredLock[], fresh: readonly MeasuredLock[]];
  /** Gates that only one of the trees has, a line for each tree that lacks any. */
  readonly notes: readonly string[];
}

/**
 * Plans the gates that both trees have, each to be measured in both, as far as there is time; and of each adapter
 * the control lock that lets two in, which shows that a tree's counters count.
 * @throws {TicketlockError} `USAGE` if they have none in common, or none fits the time
 */
export function planTrees(
  [old, fresh]: readonly [Tree, Tree],
  preset: Preset,
  selection: Selection,
): TreesPlan {
  const lists = [old, fresh].map((tree) => tree.gatesAndControl(preset, selection));
  const [oldKeys, freshKeys] = lists.map(gateKeys) as [string[], string[]];
  const inOld = new Set(lists[0]!.flat().map(({ cell }) => cellKey(cell)));
  const shared = lists[1]!.map((list) => list.filter(({ cell }) => inOld.has(cellKey(cell))));
  if (!shared.flat().some(({ cell }) => cell.gate))
    throw usageError(
      `Cannot compare with ${old.name}: it has none of this tree's gates${freshKeys.length === 0 ? "" : `, as ${freshKeys[0]}`}. Choose another --adapter or --lock, or name a later commit.`,
    );
  const cells = shared.flat().map(({ cell }) => cell);
  const locks = [old, fresh].map(({ catalogue, casts }) =>
    measuredLocks(cells, catalogue, casts),
  ) as [MeasuredLock[], MeasuredLock[]];
  // Each block is measured in both trees, and each lock checked in both.
  const both = { ...preset, blocks: 2 * preset.blocks };
  const plan = makePlan(shared, both, {
    startMs: 0,
    conformanceMs: CONFORMANCE_CONTENDER_MS * preset.conformanceContenders,
    conformanceOf: (cell) =>
      locks.flatMap((some, side) => checksOf(cell, some).map((check) => `${side} ${check}`)),
  });
  if (!plan.cells.some(({ gate }) => gate))
    throw usageError(
      `Cannot compare with ${old.name}: no gate fits, measured in both, into ${Math.round(preset.budgetMs / 1_000)} s. Raise --budget, or ask for less.`,
    );
  const isPlanned = ({ cast, lock }: MeasuredLock): boolean =>
    plan.cells.some((cell) => cell.adapter === cast && cell.lock === lock);
  return {
    plan,
    locks: [locks[0].filter(isPlanned), locks[1].filter(isPlanned)],
    notes: [...onlyIn(fresh, freshKeys, oldKeys), ...onlyIn(old, oldKeys, freshKeys)],
  };
}

function gateKeys(lists: readonly (readonly Candidate[])[]): string[] {
  return lists.flatMap((list) => list.flatMap(({ cell }) => (cell.gate ? [cellKey(cell)] : [])));
}

function onlyIn({ name }: Tree, own: readonly string[], others: readonly string[]): string[] {
  const keys = own.filter((key) => !others.includes(key));
  return keys.length === 0 ? [] : [`- not compared, only in ${name}: ${keys.join(", ")}`];
}
