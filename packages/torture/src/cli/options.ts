import { TicketlockError } from "@ticketlock/core";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { type FaultName, faultNames, isFaultName } from "../plan/faults.ts";
import type { Selection } from "../plan/selection.ts";

/** What the command was asked. */
export interface Request {
  readonly minutes: number;
  /** Each selected fault is injected at least so often; undefined: as often as the time allows. */
  readonly trials: number | undefined;
  /** Undefined: none was given. */
  readonly seed: number | undefined;
  /** One round, and no other. */
  readonly round: number | undefined;
  readonly selection: Selection;
  readonly out: string | undefined;
  readonly list: boolean;
  readonly goals: boolean;
  readonly state: string | undefined;
  /** Goals go on although the code has changed. */
  readonly acceptsChanges: boolean;
  /** Nothing else runs here: recoveries must stay below their targets. */
  readonly isQuiet: boolean;
}

const DEFAULT_MINUTES = 2;
const MOST_MINUTES = 7 * 24 * 60;
const LARGEST_SEED = 2 ** 31 - 1;
const LARGEST_ROUND = 2 ** 31 - 1;
const MOST_TRIALS = 1_000_000_000;

interface Flags {
  readonly minutes?: number;
  readonly trials?: number;
  readonly seed?: number;
  readonly round?: number;
  readonly adapter?: string[];
  readonly lock?: string[];
  readonly store?: string[];
  readonly fault?: string[];
  readonly out?: string;
  readonly list?: boolean;
  readonly goals?: boolean;
  readonly state?: string;
  readonly acceptChanges?: boolean;
  readonly quietMachine?: boolean;
}

/** `undefined` if help was asked for and has been printed. @throws {TicketlockError} `USAGE`: one line that names what is allowed */
export function readOptions(argv: readonly string[]): Request | undefined {
  const command = torture();
  try {
    command.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return undefined;
    const allowed = command.options.map(({ flags }) => flags).join(", ");
    const reason = error.message
      .replace(/^error: /, "")
      .replace(/\s+/g, " ")
      .replace(/\.$/, "");
    throw usage(`Cannot read the arguments: ${reason}. Allowed: ${allowed}.`);
  }
  const flags = command.opts<Flags>();
  refuseTogether(flags, "round", ["minutes", "trials", "goals", "adapter", "lock", "store", "fault"]); // prettier-ignore
  refuseTogether(flags, "goals", ["trials", "adapter", "lock", "store", "fault"]);
  if (flags.round !== undefined && flags.seed === undefined)
    throw usage("Cannot play a round alone: say of which seed it is, as --seed 1 --round 12.");
  needsGoals(flags, "state", "--state");
  needsGoals(flags, "acceptChanges", "--accept-changes");
  return {
    minutes: flags.minutes ?? (flags.goals === true ? MOST_MINUTES : DEFAULT_MINUTES),
    trials: flags.trials,
    seed: flags.seed,
    round: flags.round,
    selection: {
      casts: flags.adapter,
      locks: flags.lock,
      stores: flags.store,
      faults: flags.fault?.map(faultName),
    },
    out: flags.out,
    list: flags.list === true,
    goals: flags.goals === true,
    state: flags.state,
    acceptsChanges: flags.acceptChanges === true,
    isQuiet: flags.quietMachine === true,
  };
}

function torture(): Command {
  return new Command("torture")
    .description(
      "Torments every adapter's locks and stores, checks the histories, and ends with a table. Exit code 0: no promise was broken, 1: one was, 3: none was, and goals are open when the time is over.",
    )
    .option(
      "--minutes <n>",
      `how long, 1 to ${MOST_MINUTES} (default: ${DEFAULT_MINUTES})`,
      whole("minutes", 1, MOST_MINUTES),
    ) // prettier-ignore
    .option(
      "--trials <n>",
      "until each fault was injected so often, and no longer",
      whole("trials", 1, MOST_TRIALS),
    ) // prettier-ignore
    .option(
      "--seed <n>",
      "what is drawn; printed (default: from the clock)",
      whole("seed", 0, LARGEST_SEED),
    ) // prettier-ignore
    .option(
      "--round <n>",
      "one round of a seed: the same draws, though the timing differs",
      whole("round", 0, LARGEST_ROUND),
    ) // prettier-ignore
    .option("--adapter <names>", "adapters, separated by commas; A+B: both in one session", list)
    .option("--lock <kinds>", "kinds of lock, separated by commas", list)
    .option("--store <kinds>", "kinds of store, separated by commas", list)
    .option("--fault <names>", "faults, separated by commas; --list has them", list)
    .option("--out <dir>", "folder for torture-DATE.json and .md")
    .option("--list", "tells what is tried with what")
    .option("--goals", "until the numbers of the long run are reached; goes on where it stopped")
    .option(
      "--state <file>",
      "where --goals keeps how far it has come (default: test-results/torture/goals.json)",
    ) // prettier-ignore
    .option(
      "--accept-changes",
      "--goals goes on though the code has changed since; the table says so",
    )
    .option(
      "--quiet-machine",
      "nothing else runs here: a recovery target that is not met counts as a violation",
    )
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => {} });
}

function whole(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}: ${what}.`);
  };
}

function list(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.includes("")) throw new InvalidArgumentError("Write values separated by commas.");
  return [...new Set(items)];
}

function faultName(name: string): FaultName {
  if (isFaultName(name)) return name;
  throw usage(`Cannot use --fault ${name}. Allowed: ${faultNames.join(", ")}.`);
}

function refuseTogether(flags: Flags, one: keyof Flags, others: readonly (keyof Flags)[]): void {
  if (flags[one] === undefined) return;
  const other = others.find((name) => flags[name] !== undefined);
  if (other !== undefined) throw usage(`Cannot use --${one} together with --${other}.`);
}

function needsGoals(flags: Flags, name: keyof Flags, flag: string): void {
  if (flags[name] !== undefined && flags.goals !== true)
    throw usage(`Cannot use ${flag}: it goes with --goals.`);
}

function usage(message: string): TicketlockError {
  return new TicketlockError("USAGE", message);
}
