import { join } from "node:path";
import { Command } from "commander";
import { addRunOptions, type BenchOptions, readRunOptions, runFlagsOf } from "./options.ts";
import { parse } from "./parse.ts";
import { ROOT } from "./root.ts";
import { usageError } from "./usage-error.ts";

/** Where baselines are kept unless another folder is named. */
export const BASELINES_FOLDER: string = join(ROOT, "bench", "baselines");

/** What is to be compared. */
export type CompareOptions =
  | {
      readonly kind: "reports";
      /** Paths. */
      readonly a: string;
      readonly b: string;
      readonly allowDifferentMachine: boolean;
    }
  /** This machine's baseline is A. */
  | { readonly kind: "baseline"; readonly folder: string; readonly b: string }
  /** A commit, as git calls it, is A, and the tree that this command is in is B. */
  | { readonly kind: "worktree"; readonly ref: string; readonly run: BenchOptions };

const WAYS =
  "Allowed: compare A.json B.json, compare --baseline B.json, compare --worktree <ref> with the options of a run";

/**
 * Reads what `compare` was told. `undefined` if help was asked for and has been printed.
 * @throws {TicketlockError} `USAGE`
 */
export function parseCompareOptions(argv: readonly string[]): CompareOptions | undefined {
  const command = new Command("bench compare")
    .description(
      "Says whether B is slower than A. Exit code 0: no gate is; 1: one is; 2: they are not comparable, or nothing shows that B is right; 3: B is wrong. 70: a fault of this command.",
    )
    .argument("[reports...]", "A and B, each a report.json or its folder")
    .option("--allow-different-machine", "print the ratios of two machines, without a verdict")
    .option("--baseline", "A is the baseline of this machine; B is the only argument")
    .option("--baselines <dir>", "where baselines are kept (default: bench/baselines)")
    .option(
      "--worktree <ref>",
      "A is this commit and B is this tree: both are measured, by turns, with the options below",
    );
  addRunOptions(command);
  return parse(command, argv, () => readCompareOptions(command));
}

function readCompareOptions(command: Command): CompareOptions {
  const { worktree, baseline, baselines, allowDifferentMachine } = command.opts<{
    worktree?: string;
    baseline?: boolean;
    baselines?: string;
    allowDifferentMachine?: boolean;
  }>();
  const reports = command.args;
  if (worktree !== undefined) {
    if (reports.length > 0 || baseline || baselines || allowDifferentMachine)
      throw usageError(
        `Cannot compare: --worktree measures A and B itself, and takes neither reports nor --baseline, --baselines or --allow-different-machine. ${WAYS}.`,
      );
    const flag = runFlagsOf(command).find((flag) => ["--store", "--scenario"].includes(flag));
    if (flag !== undefined)
      throw usageError(
        `Cannot use ${flag} with --worktree, which measures gates: default locks, alone and contended. Leave it out.`,
      );
    return { kind: "worktree", ref: worktree, run: readRunOptions(command) };
  }
  const [flag] = runFlagsOf(command);
  if (flag !== undefined)
    throw usageError(`Cannot use ${flag}: reports are compared as they are. ${WAYS}.`);
  const wanted = baseline ? 1 : 2;
  if (reports.length !== wanted)
    throw usageError(
      `Cannot compare: it takes ${baseline ? "one report besides the baseline" : "two reports"}, and ${reports.length} ${reports.length === 1 ? "was" : "were"} given. ${WAYS}.`,
    );
  if (baseline) {
    if (allowDifferentMachine)
      throw usageError(
        "Cannot use --allow-different-machine with --baseline, which is this machine's. Pass two reports instead.",
      );
    return { kind: "baseline", folder: baselines ?? BASELINES_FOLDER, b: reports[0]! };
  }
  if (baselines !== undefined)
    throw usageError(`Cannot use --baselines without --baseline. ${WAYS}.`);
  return {
    kind: "reports",
    a: reports[0]!,
    b: reports[1]!,
    allowDifferentMachine: allowDifferentMachine ?? false,
  };
}
