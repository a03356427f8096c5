import { checkContenders } from "@ticketlock/core";
import { Command } from "commander";
import { isPresetName, type Preset, presets } from "../plan/presets.ts";
import type { Selection } from "../plan/candidates.ts";
import { scenarios } from "../plan/scenarios.ts";
import { parse } from "./parse.ts";
import { usageError } from "./usage-error.ts";

/** What a command that measures was told. */
export interface BenchOptions {
  readonly preset: Preset;
  /** Folder names; absent means all. */
  readonly adapters: readonly string[] | undefined;
  readonly selection: Selection;
  /** Nothing but other people's locks, and where they fail the conformance suite. */
  readonly peersOnly: boolean;
  /** Time for the whole run; absent means the preset's. */
  readonly budgetMs: number | undefined;
  readonly seed: number | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
}

const LEAST_BUDGET_S = 10;
const LARGEST_BUDGET_S = 7 * 24 * 3_600;
const LARGEST_SEED = 2 ** 31 - 1;
const LONGEST_SECTION_US = 10_000;

/**
 * Reads the arguments of a plain run. `undefined` if help was asked for and has been printed.
 * @param commands - the other commands, for the help text
 * @throws {TicketlockError} `USAGE`: one line that names what is allowed.
 */
export function parseBenchOptions(
  argv: readonly string[],
  commands: readonly string[],
): BenchOptions | undefined {
  const command = new Command("bench")
    .description(
      "Measures what mutual exclusion costs. Without arguments: the quick preset over every adapter, at most 3 minutes.",
    )
    .argument("[peers]", '"peers": other people\'s locks only, and where they fail the suite')
    .addHelpText(
      "after",
      `\nOther commands, each with a --help of its own: ${commands.join(", ")}.`,
    );
  addRunOptions(command).option(
    "--json",
    "print the report as JSON to stdout, everything else to stderr",
  );
  return parse(command, argv, () => {
    const [what] = command.args;
    if (what !== undefined && what !== "peers")
      throw usageError(
        `Cannot measure ${what}. Allowed: peers, or nothing for everything; other commands, which come first: ${commands.join(", ")}.`,
      );
    const { json } = command.opts<{ json?: boolean }>();
    return { ...readRunOptions(command), peersOnly: what === "peers", json: json ?? false };
  });
}

/** Gives a command the options that say what to measure and how long. */
export function addRunOptions(command: Command): Command {
  const names = Object.keys(presets).join("|");
  return command
    .option("--preset <name>", `how much to measure: ${names}`, "quick")
    .option(
      "--adapter <names>",
      "adapters by folder name, separated by commas; A+B: both in one session (default: all, each by itself)",
    )
    .option(
      "--lock <kinds>",
      "kinds of lock, separated by commas; controls always run (default: each adapter's own)",
    )
    .option("--store <kinds>", "kinds of ticket store, separated by commas")
    .option("--contenders <counts>", "how many compete, for example 1,2,4")
    .option("--section <us>", "lengths of the critical section in microseconds, for example 0,10")
    .option(
      "--scenario <names>",
      "loads beside the steady one, separated by commas: see bench/src/plan/scenarios.ts",
    )
    .option("--budget <s>", "seconds that the whole run may take (default: the preset's)")
    .option("--seed <n>", "order of the blocks; printed and recorded (default: from the clock)")
    .option("--out <dir>", "folder for the report (default: bench/results/<time>)");
}

/** Those flags of a command that has been parsed which were given. */
export function runFlagsOf(command: Command): string[] {
  const flags = addRunOptions(new Command()).options.map(({ long }) => long!);
  return command.options
    .filter((option) => flags.includes(option.long!))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
    .map((option) => option.long!);
}

/** Reads those options of a command that has been parsed. @throws {TicketlockError} `USAGE` */
export function readRunOptions(command: Command): BenchOptions {
  const given = command.opts<Record<string, string | undefined>>();
  const { budget, seed, contenders, section, scenario } = given;
  return {
    preset: presetOf(given["preset"]!),
    adapters: list(given["adapter"], "--adapter"),
    selection: {
      locks: list(given["lock"], "--lock"),
      stores: list(given["store"], "--store"),
      contenders: list(contenders, "--contenders")?.map(contenderCount),
      sections: list(section, "--section")?.map((text) =>
        integer(text, "--section", 0, LONGEST_SECTION_US),
      ),
      scenarios: list(scenario, "--scenario")?.map(scenarioName),
    },
    peersOnly: false,
    budgetMs:
      budget === undefined
        ? undefined
        : integer(budget, "--budget", LEAST_BUDGET_S, LARGEST_BUDGET_S) * 1_000,
    seed: seed === undefined ? undefined : integer(seed, "--seed", 0, LARGEST_SEED),
    out: given["out"],
    json: false,
  };
}

/** The preset, within the time that was given for the whole run. */
export function withBudget({ preset, budgetMs }: BenchOptions): Preset {
  return budgetMs === undefined ? preset : { ...preset, budgetMs };
}

function presetOf(name: string): Preset {
  if (isPresetName(name)) return presets[name];
  throw usageError(`Cannot use the preset ${name}. Allowed: ${Object.keys(presets).join(", ")}.`);
}

function list(text: string | undefined, flag: string): string[] | undefined {
  if (text === undefined) return undefined;
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === ""))
    throw usageError(`Cannot read ${flag} "${text}": write values separated by commas.`);
  return [...new Set(items)];
}

function scenarioName(text: string): string {
  if (scenarios.some(({ name }) => name === text)) return text;
  throw usageError(
    `Cannot measure the scenario ${text}. Allowed: ${scenarios.map(({ name }) => name).join(", ")}.`,
  );
}

function contenderCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  try {
    return checkContenders(count);
  } catch {
    throw usageError(
      `Cannot use --contenders ${text}. Allowed: integers from 1 to 256, separated by commas.`,
    );
  }
}

function integer(text: string, flag: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usageError(`Cannot use ${flag} ${text}. Allowed: an integer from ${least} to ${most}.`);
}
