import { type ModelName, modelNames, type Settings } from "../history.ts";
import type { Fields, Scalar } from "./fields.ts";
import { HistoryFault, quote } from "./history-fault.ts";

/** The one version of the format that there is. */
export const FORMAT_VERSION = 1;

/** What is known of a history before its first call. */
export interface Header {
  readonly model?: ModelName;
  /** Of a register; `null` where nobody says. */
  readonly initial?: Scalar;
  /** Of a ticket pool. */
  readonly capacity?: number;
  readonly clockErrorNs?: bigint;
}

/** True if the line is a header, and not a call. */
export function isHeader(fields: Fields): boolean {
  return fields.has("history");
}

/** @throws {HistoryFault} */
export function readHeader(fields: Fields): Header {
  if (fields.count("history", 0) !== FORMAT_VERSION) {
    throw new HistoryFault(
      "HISTORY_VERSION_UNKNOWN",
      `"history" is not ${FORMAT_VERSION}, the version that can be read. Convert the file, or take a newer checker.`,
    );
  }
  const header: Header = {
    ...(fields.has("model") && { model: fields.oneOf("model", modelNames) }),
    ...(fields.has("initial") && { initial: fields.scalar("initial") }),
    ...(fields.has("capacity") && { capacity: fields.count("capacity", 1) }),
    ...(fields.has("clockErrorNs") && { clockErrorNs: BigInt(fields.count("clockErrorNs", 0)) }),
  };
  fields.end();
  return header;
}

/**
 * Joins what the file says and what the caller says.
 * @throws {HistoryFault} if they disagree, or leave something open
 */
export function settingsOf(file: Header, given: Header): Settings {
  const model = agreed("model", file.model, given.model);
  const initial = agreed("initial", file.initial, given.initial);
  const capacity = agreed("capacity", file.capacity, given.capacity);
  if (model === undefined)
    throw unsettled(
      `it is not said which model the history is of. Say it in a header as the first line, {"history":${FORMAT_VERSION},"model":"register"}, or to the command by --model; there are ${modelNames.join(", ")}.`,
    );
  if (initial !== undefined && model !== "register")
    throw unsettled(`an initial value is given, but only a register has one. Leave it out.`);
  if (capacity !== undefined && model !== "ticket-pool")
    throw unsettled(`a capacity is given, but only a ticket pool has one. Leave it out.`);
  if (model === "register") return { model, initial: initial ?? null };
  if (model === "mutex") return { model };
  if (capacity === undefined)
    throw unsettled(
      `it is not said how many tickets there are. Say it in the header, "capacity":100, or to the command by --capacity.`,
    );
  return { model, capacity };
}

function agreed<T>(key: string, file: T | undefined, given: T | undefined): T | undefined {
  if (file === undefined || given === undefined || file === given) return file ?? given;
  throw unsettled(
    `${quote(key)} is ${quote(file)} in the header, and ${quote(given)} was asked for. Leave one of them out.`,
  );
}

function unsettled(message: string): HistoryFault {
  return new HistoryFault("HISTORY_MODEL_UNKNOWN", message);
}
