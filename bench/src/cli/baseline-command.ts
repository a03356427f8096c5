import { join } from "node:path";
import process from "node:process";
import { Command } from "commander";
import { Baselines } from "../baseline/baselines.ts";
import { saveIfAgreed } from "../baseline/save-if-agreed.ts";
import { readReport } from "../report/read-report.ts";
import type { Report } from "../report/report.ts";
import { BASELINES_FOLDER } from "./compare-options.ts";
import { EXIT } from "./exit.ts";
import { interruptible } from "./interruptible.ts";
import { addRunOptions, type BenchOptions, readRunOptions, runFlagsOf } from "./options.ts";
import { parse } from "./parse.ts";
import { measureReport } from "./run-command.ts";
import { usageError } from "./usage-error.ts";

interface BaselineOptions {
  readonly folder: string;
  /** Two that were measured before; else they are measured now. */
  readonly given: readonly [a: string, b: string] | undefined;
  readonly run: BenchOptions;
}

/** `pnpm bench baseline save`: keeps the second of two runs that agree, for `compare --baseline`. */
export async function baselineCommand(argv: readonly string[]): Promise<number> {
  const options = parseBaselineOptions(argv);
  if (options === undefined) return EXIT.ok;
  const { folder, given, run } = options;
  if (given !== undefined)
    return saveIfAgreed(new Baselines(folder), readReport(given[0]), readReport(given[1]));
  const onStop = (): void => void process.stdout.write("Stopping; no baseline will be saved.\n");
  return interruptible(onStop, async (signal) => {
    const measure = async (name: string): Promise<Report> => {
      process.stdout.write(`The ${name} of two runs, which must agree.\n`);
      const out = run.out === undefined ? undefined : join(run.out, name);
      const context = { argv: ["baseline", ...argv], signal, out: process.stdout };
      const report = await measureReport({ ...run, out }, context);
      signal.throwIfAborted();
      if (report.partial)
        throw new Error(
          `Cannot save a baseline: the ${name} run's time was up before all was measured. Raise --budget, or ask for less.`,
        );
      return report;
    };
    const first = await measure("first");
    const second = await measure("second");
    return saveIfAgreed(new Baselines(folder), first, second);
  });
}

function parseBaselineOptions(argv: readonly string[]): BaselineOptions | undefined {
  const command = new Command("bench baseline")
    .description(
      "Keeps a report as this machine's baseline, if two runs agree: it measures both, or takes two reports.",
    )
    .argument("<save>", '"save"')
    .argument("[reports...]", "two reports of the same preset, each a report.json or its folder")
    .option("--baselines <dir>", "where baselines are kept (default: bench/baselines)");
  addRunOptions(command);
  return parse(command, argv, () => {
    const [action, a, b, ...more] = command.args;
    if (action !== "save")
      throw usageError(`Cannot do ${action} with a baseline. Allowed: baseline save.`);
    if ((a === undefined) !== (b === undefined) || more.length > 0)
      throw usageError(
        `Cannot save a baseline from ${command.args.length - 1} reports: two that agree are needed, or none, to measure both now.`,
      );
    const [flag] = runFlagsOf(command);
    if (a !== undefined && flag !== undefined)
      throw usageError(
        `Cannot use ${flag} with reports, which are taken as they are. Leave it out.`,
      );
    const run = readRunOptions(command);
    if (!run.preset.conclusions)
      throw usageError(
        `Cannot save a baseline of the preset ${run.preset.name}: nothing can be concluded from it. Choose another.`,
      );
    const { baselines } = command.opts<{ baselines?: string }>();
    const given = a === undefined || b === undefined ? undefined : ([a, b] as const);
    return { folder: baselines ?? BASELINES_FOLDER, given, run };
  });
}
