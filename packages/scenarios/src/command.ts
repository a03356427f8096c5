import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { MAX_CAPACITY, MAX_CONTENDERS, type SellingMode, TicketlockError } from "@ticketlock/core";
import { findAdapter, listAdapters, selectedAdapters } from "@ticketlock/harness";
import { exactModes } from "./exact-modes.ts";
import {
  type Locking,
  lockings,
  MAX_STEPS,
  MAX_THINK_MS,
  MIN_STEPS,
  type ScenarioOptions,
} from "./scenario-options.ts";
import { isScenario, type ScenarioName, scenarios } from "./scenarios.ts";

/** What the command line asks for. */
export type Request =
  | { readonly type: "print"; readonly text: string }
  | { readonly type: "fail"; readonly message: string }
  | {
      readonly type: "play";
      readonly scenario: ScenarioName;
      readonly adapters: readonly string[];
      /** True if nobody named an adapter: one of them is enough, the first that can play it. */
      readonly anyOne: boolean;
      readonly options: ScenarioOptions;
      readonly json: boolean;
    };

interface Flags {
  readonly adapter?: string;
  readonly contenders?: number;
  readonly think?: number;
  readonly lock?: string;
  readonly store?: string;
  readonly capacity?: number;
  readonly seed?: number;
  readonly storePath?: string;
  readonly freeRunning?: boolean;
  readonly mode?: SellingMode;
  readonly locking?: Locking;
  readonly steps?: number;
  readonly json?: boolean;
}

/** Reads the command line. Whatever is wrong with it comes back as one line. */
export function parseCommand(args: readonly string[]): Request {
  let printed = "";
  const command = definition().exitOverride();
  command.configureOutput({
    writeOut: (text) => (printed += text),
    writeErr: () => {},
    outputError: () => {},
  });
  try {
    command.parse(args, { from: "user" });
    const [scenario] = command.args;
    if (scenario === undefined) return { type: "print", text: `${scenarioList()}\n` };
    return play(scenario, command.opts<Flags>());
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0)
      return { type: "print", text: printed };
    if (error instanceof CommanderError) return fail(error.message.replace(/^error: /, ""));
    if (error instanceof TicketlockError || error instanceof RangeError) return fail(error.message);
    throw error;
  }
}

function play(scenario: string, flags: Flags): Request {
  if (!isScenario(scenario)) {
    return fail(
      `Cannot play ${JSON.stringify(scenario)}: there is no such scenario. Known: ${Object.keys(scenarios).join(", ")}.`,
    );
  }
  const { adapter, think, json = false, ...rest } = flags;
  const options: ScenarioOptions = { ...rest, ...(think === undefined ? {} : { thinkMs: think }) };
  const anyOne = adapter === undefined && !process.env["TICKETLOCK_ADAPTER"];
  return { type: "play", scenario, adapters: chooseAdapters(adapter), anyOne, options, json };
}

/** The ones named; else those that TICKETLOCK_ADAPTER names; else all that there are. */
function chooseAdapters(names: string | undefined): string[] {
  if (names === undefined) {
    const chosen = selectedAdapters().map((entry) => entry.name);
    if (chosen.length > 0) return chosen;
    throw new TicketlockError(
      "ADAPTER_NOT_FOUND",
      "Cannot play: there is no adapter in this workspace. Name an installed one with --adapter.",
    );
  }
  const wanted = names.split(",").map((name) => name.trim());
  for (const name of wanted) name.split("+").forEach((part) => findAdapter(part));
  return wanted;
}

function fail(message: string): Request {
  return { type: "fail", message: message.replace(/\s*\n\s*/g, " ").trim() };
}

function definition(): Command {
  return new Command("scenario")
    .usage("<name> [options]")
    .description(
      `Plays a ticket-selling story on an adapter. Without a name: lists the stories.\n\n${scenarioList()}`,
    )
    .argument("[name]", "the story")
    .allowExcessArguments(false)
    .option(
      "--adapter <names>",
      `which adapter: ${adapterNames()}; without it the first that can play the story; a,b plays on one after the other, a+b on both together`,
    )
    .option(
      "--contenders <n>",
      `how many contenders, 1 to ${MAX_CONTENDERS}`,
      integer("contenders", 1, MAX_CONTENDERS),
    )
    .option(
      "--think <ms>",
      `milliseconds of one search, one read or one write, 0 to ${MAX_THINK_MS}`,
      integer("think", 0, MAX_THINK_MS),
    )
    .option("--lock <kind>", "kind of lock; the controls none and broken among them")
    .option("--store <kind>", "kind of ticket store")
    .option("--capacity <n>", "tickets for sale", integer("capacity", 0, MAX_CAPACITY))
    .option(
      "--store-path <path>",
      "file or directory of a store that lives in one; what is in it is sold",
      path,
    )
    .option(
      "--free-running",
      "drop the meetings that make the outcome exact, and only report what happened",
    )
    .option("--seed <n>", "repeat what contenders draw by lot", integer("seed", 0, 2 ** 31 - 1))
    .addOption(new Option("--mode <mode>", "how flash-sale sells").choices(exactModes()))
    .addOption(new Option("--locking <way>", "how counter locks").choices(lockings))
    .option(
      "--steps <n>",
      "how many times each contender of counter adds 1",
      integer("steps", MIN_STEPS, MAX_STEPS),
    )
    .option("--json", "print the verdict as the last line, in JSON")
    .helpOption("-h, --help", "print this");
}

function path(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("It must not be empty.");
}

/** Digits only: what JavaScript would make of "", "1e3" or "0x10" is not what was meant. */
function integer(what: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}: ${what}.`);
  };
}

function adapterNames(): string {
  try {
    return (
      listAdapters()
        .map((entry) => entry.name)
        .join(", ") || "none here"
    );
  } catch {
    return "see below"; // a malformed one is reported where it is used
  }
}

/** The stories, a line each. */
export function scenarioList(): string {
  const width = Math.max(...Object.keys(scenarios).map((name) => name.length));
  return Object.entries(scenarios)
    .map(([name, { summary }]) => `${name.padEnd(width)}  ${summary}`)
    .join("\n");
}
