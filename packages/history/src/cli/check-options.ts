import { Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_STEPS } from "../check/check-history.ts";
import type { Scalar } from "../format/fields.ts";
import type { Header } from "../format/header.ts";
import { type ModelName, modelNames } from "../history.ts";
import { parse } from "./parse.ts";

/** What `history check` was asked. */
export interface CheckRequest {
  /** "-": stdin. */
  readonly file: string;
  /** What the command line says of the history. */
  readonly given: Header;
  readonly steps: number;
  readonly html: string | undefined;
  readonly json: boolean;
}

interface Flags {
  readonly model?: ModelName;
  readonly capacity?: number;
  readonly initial?: Scalar;
  readonly steps: number;
  readonly html?: string;
  readonly json?: boolean;
}

/** `undefined` if help was asked for. @throws {UsageError} */
export function readCheckOptions(argv: readonly string[]): CheckRequest | undefined {
  const command = new Command("history check")
    .description(
      "Tells whether a recorded history is linearizable. Exit code 0: yes, 1: no, 3: not known within --steps.",
    )
    .argument("<file>", "the history, a call on each line; - reads stdin")
    .addOption(
      new Option("--model <model>", "what it is of, where its header does not say").choices(
        modelNames,
      ),
    )
    .option(
      "--capacity <n>",
      "tickets in a ticket-pool, where its header does not say",
      wholeNumber,
    )
    .option(
      "--initial <value>",
      "what the register holds at first, as JSON or a plain text (default: null)",
      scalar,
    )
    .option("--steps <n>", "most steps of the search, for each object", wholeNumber, DEFAULT_STEPS)
    .option("--html <file>", "where to write a timeline, if there is a violation")
    .option("--json", "prints the verdict as one line of JSON");
  return parse(command, argv, () => {
    const { model, capacity, initial, steps, html, json = false } = command.opts<Flags>();
    const given: Header = {
      ...(model !== undefined && { model }),
      ...(capacity !== undefined && { capacity }),
      ...(initial !== undefined && { initial }),
    };
    return { file: command.args[0]!, given, steps, html, json };
  });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}.`);
}

function scalar(text: string): Scalar {
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // A plain text: nobody should have to quote it twice.
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  throw new InvalidArgumentError("It must be null, true, false, a text or a whole number.");
}
