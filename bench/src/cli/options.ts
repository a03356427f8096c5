import { checkContenders, isTicketlockError } from "@ticketlock/core";
import { Command, CommanderError } from "commander";
import { isPresetName, type Preset, presets } from "../plan/presets.ts";
import type { Selection } from "../plan/candidates.ts";
import { usageError } from "./usage-error.ts";

/** What `pnpm bench` was told. */
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
 * Reads the command's arguments. `undefined` if help was asked for and has been printed.
 * @throws {TicketlockError} `USAGE`: one line that names what is allowed.
 */
export function parseBenchOptions(argv: readonly string[]): BenchOptions | undefined {
  const names = Object.keys(presets).join("|");
  const command = new Command("bench")
    .description(
      "Measures what mutual exclusion costs. Without arguments: the quick preset over every adapter, at most 3 minutes.",
    )
    .argument("[peers]", '"peers": other people\'s locks only, and where they fail the suite')
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
    .option("--budget <s>", "seconds that the whole run may take (default: the preset's)")
    .option("--seed <n>", "order of the blocks; printed and recorded (default: from the clock)")
    .option("--out <dir>", "folder for the report (default: bench/results/<time>)")
    .option("--json", "print the report as JSON to stdout, everything else to stderr");
  return parse(command, argv, () => {
    const given = command.opts<Record<string, string> & { json?: boolean }>();
    const [what] = command.args;
    if (what !== undefined && what !== "peers")
      throw usageError(`Cannot measure ${what}. Allowed: peers, or nothing for everything.`);
    return {
      peersOnly: what === "peers",
      preset: presetOf(given["preset"]!),
      adapters: list(given["adapter"], "--adapter"),
      selection: {
        locks: list(given["lock"], "--lock"),
        stores: list(given["store"], "--store"),
        contenders: list(given["contenders"], "--contenders")?.map(contenderCount),
        sections: list(given["section"], "--section")?.map((text) =>
          integer(text, "--section", 0, LONGEST_SECTION_US),
        ),
      },
      budgetMs:
        given["budget"] === undefined
          ? undefined
          : integer(given["budget"], "--budget", LEAST_BUDGET_S, LARGEST_BUDGET_S) * 1_000,
      seed:
        given["seed"] === undefined ? undefined : integer(given["seed"], "--seed", 0, LARGEST_SEED),
      out: given["out"],
      json: given.json ?? false,
    };
  });
}

/** Lets commander read, and turns what it refuses into a usage error of one line. */
export function parse<T>(command: Command, argv: readonly string[], read: () => T): T | undefined {
  command
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse([...argv], { from: "user" });
    return read();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return undefined;
    const flags = command.options.map((option) => option.long ?? option.short).join(", ");
    const reason = error.message
      .replace(/^error: /, "")
      .replace(/\s+/g, " ")
      .replace(/\.$/, "");
    throw usageError(`Cannot read the arguments: ${reason}. Allowed: ${flags}.`);
  }
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

/** The line for a terminal, with the error's code behind it, and whether the user's input was at fault. */
export function describeError(error: unknown): { readonly line: string; readonly usage: boolean } {
  const message = error instanceof Error ? error.message : String(error);
  const usage =
    isTicketlockError(error) &&
    [
      "USAGE",
      "ADAPTER_NOT_FOUND",
      "ADAPTER_INVALID",
      "LOCK_SCOPE",
      "LOCK_UNSUPPORTED",
      "STORE_UNSUPPORTED",
    ].includes(error.code);
  const code = isTicketlockError(error) ? ` [${error.code}]` : "";
  return { line: `${message.split("\n")[0]!}${code}`, usage };
}
