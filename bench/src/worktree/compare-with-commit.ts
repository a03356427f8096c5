import { isTicketlockError } from "@ticketlock/core";
import type { BenchContext } from "../cli/bench.ts";
import { type BenchOptions, withBudget } from "../cli/options.ts";
import { planLines } from "../cli/plan-lines.ts";
import { usageError } from "../cli/usage-error.ts";
import { dirtyFlag } from "../environment/environment.ts";
import type { Cell } from "../plan/cell.ts";
import { checkLocks, hasFailed, type MeasuredLock } from "../run/measured-locks.ts";
import { checkSelection } from "../run/prepare.ts";
import { Checkout } from "./checkout.ts";
import { compareTrees, type TreesComparison } from "./compare-trees.ts";
import type { CheckedTree } from "./measure-pair.ts";
import { planTrees } from "./plan-trees.ts";
import { Tree } from "./tree.ts";

/**
 * Measures the gates of a commit and of the tree that this command is in, changes that are not committed
 * included, in one run, and compares them. The commit is checked out in a temporary folder, with the
 * dependencies of its own, which is gone afterwards. The budget counts from when both are ready.
 *
 * @param ref - the commit, as git calls it
 * @throws {TicketlockError} `USAGE` and the like if that cannot be measured as this tree is; the signal's reason
 * if it aborts before anything was measured. After that, what was measured is compared.
 */
export async function compareWithCommit(
  ref: string,
  options: BenchOptions,
  { root, argv, signal, say, onReady }: BenchContext,
): Promise<TreesComparison> {
  const preset = withBudget(options);
  const seed = options.seed ?? Date.now() % 2 ** 31;
  const fresh = await Tree.open("this tree", root, options.adapters, signal);
  checkSelection(fresh.catalogue, options.selection);
  const checkout = await Checkout.open({ root, ref, signal, say });
  try {
    const old = await openOld(ref, checkout, options, signal);
    const { plan, locks, notes } = planTrees([old, fresh], preset, options.selection);
    await old.tryBlock(
      plan.cells.find(({ gate }) => gate)!,
      signal,
    );
    onReady();
    const changes = dirtyFlag(root) === true ? ", changes that are not committed included" : "";
    say(`New: this tree${changes}.`);
    for (const line of planLines(plan, preset, seed)) say(line);
    say(
      "- each block in both trees, by turns; what is slower is measured once more, for as long at most.",
    );
    for (const note of notes) say(note);
    const startedMs = performance.now();
    const contenders = preset.conformanceContenders;
    const check = async (tree: Tree, some: readonly MeasuredLock[]): Promise<CheckedTree> => {
      const sayOf = (line: string): void => say(`In ${tree.name}: ${line}`);
      const rows = await checkLocks(some, contenders, signal, sayOf, tree.jobs.conformance);
      return { tree, conformance: rows };
    };
    const trees = [await check(old, locks[0]), await check(fresh, locks[1])] as const;
    const passed = (cell: Cell): boolean =>
      trees.every(({ conformance }, side) => !hasFailed(cell, locks[side]!, conformance));
    return await compareTrees(trees, {
      cells: plan.cells.filter(passed),
      leftOut: plan.leftOut,
      preset,
      seed,
      argv,
      startedMs,
      signal,
      say,
    });
  } finally {
    checkout.close();
  }
}

/** @throws {TicketlockError} `USAGE` where the commit has no adapters, or other ones */
async function openOld(
  ref: string,
  { root }: Checkout,
  { adapters }: BenchOptions,
  signal: AbortSignal,
): Promise<Tree> {
  try {
    return await Tree.open(ref, root, adapters, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isTicketlockError(error, "USAGE")) throw error;
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw usageError(
      `Cannot compare with ${ref}: ${why} Choose another --adapter, or name a later commit.`,
    );
  }
}
