import type { Call, History, Operation, Settings } from "../history.ts";
import type { Model } from "../models/model.ts";
import { modelOf } from "../models/models.ts";
import { Fields } from "./fields.ts";
import { type Header, isHeader, readHeader, settingsOf } from "./header.ts";
import { HistoryFault, type LineFault, quote } from "./history-fault.ts";

export const MAX_LINE_CHARACTERS = 65_536;
export const MAX_CALLS = 5_000_000;
/** Who has so many bad lines will find the others by mending these. */
export const MAX_FAULTS = 20;

export type ReadResult =
  | {
      readonly history: History;
      /** Calls that are known to have had no effect, and say nothing. */
      readonly failed: number;
      /** The last line was cut off and is left out: its writer was killed. */
      readonly cutOff: boolean;
    }
  /** At least one, at most 20. */
  | { readonly faults: readonly LineFault[] };

const outcomes = ["ok", "fail", "unknown"] as const;
type Outcome = (typeof outcomes)[number];

/** How a call ended. */
interface End {
  readonly returnedNs: bigint | undefined;
  readonly outcome: Outcome;
  readonly result: Fields;
}

/** A call line without its return. */
interface OpenCall extends Omit<Call, "returnedNs"> {
  readonly name: string;
  /** As JSON: the operation is read again when its result is known. */
  readonly given: unknown;
}

/**
 * Reads a history line by line, strictly: a line that is not as the format says is a fault, and a
 * history with a fault is not given.
 */
export class HistoryReader {
  readonly #given: Header;
  #header: Header = {};
  #settings: Settings | undefined;
  /** Null: which one it is cannot be told. */
  #model: Model | null | undefined;
  #line = 0;
  /** Lines that are not blank. */
  #read = 0;
  readonly #calls: Call[] = [];
  /** By id. */
  readonly #open = new Map<string, OpenCall>();
  readonly #ids = new Set<string>();
  /** Lines that tell of a call with its return. */
  #whole = 0;
  #failed = 0;
  #cutOff = false;
  readonly #faults: LineFault[] = [];

  /** @param given - what the caller knows of the history; must not contradict its header */
  constructor(given: Header = {}) {
    this.#given = given;
  }

  /** True if no more lines are read: there are too many faults, or it is not known how to read on. */
  get hasStopped(): boolean {
    return this.#model === null || this.#faults.length >= MAX_FAULTS;
  }

  /** Reads the next line, without its line end. Blank lines are passed over. */
  readLine(text: string): void {
    this.#line++;
    if (this.hasStopped || text.trim() === "") return;
    try {
      if (text.length > MAX_LINE_CHARACTERS) throw tooLong();
      this.#readObject(new Fields(parseJson(text)));
    } catch (error) {
      this.#note(error);
    }
    this.#read++;
  }

  /**
   * Reads the last line of a file if no line end follows it. It may have been cut off, by the death of
   * who wrote it. Where all calls were written as they began, that loses nothing: a call whose line
   * is not whole had not begun, and a return that is not whole is an outcome that is not known.
   */
  readLastLine(text: string): void {
    const allLive = this.#ids.size > 0 && this.#whole === 0;
    if (allLive && !isJson(text) && text.startsWith("{")) this.#cutOff = true;
    else this.readLine(text);
  }

  /** Notes a line of which not even the text could be read. */
  refuseLine(fault: HistoryFault): void {
    this.#line++;
    this.#read++;
    if (!this.hasStopped) this.#note(fault);
  }

  finish(): ReadResult {
    if (this.#faults.length === 0) {
      try {
        this.#settle();
      } catch (error) {
        this.#note(error);
      }
    }
    if (this.#faults.length > 0) return { faults: this.#faults };
    for (const { client, object, operation, calledNs, line } of this.#open.values())
      this.#calls.push({ client, object, operation, calledNs, returnedNs: undefined, line });
    this.#open.clear();
    const { clockErrorNs = 0n } = this.#header;
    return {
      history: { settings: this.#settings!, calls: this.#calls, clockErrorNs },
      failed: this.#failed,
      cutOff: this.#cutOff,
    };
  }

  #note(error: unknown): void {
    if (!(error instanceof HistoryFault)) throw error;
    const { code, message } = error;
    this.#faults.push({ line: Math.max(1, this.#line), code, message });
  }

  #readObject(fields: Fields): void {
    if (isHeader(fields)) {
      if (this.#read > 0)
        throw new HistoryFault(
          "HISTORY_HEADER_MISPLACED",
          "it is a header, and not the first line. Write it first, or leave it out.",
        );
      this.#model = null; // until the header is understood
      this.#header = readHeader(fields);
      this.#model = undefined;
      this.#settle();
      return;
    }
    const model = this.#settle();
    if (fields.has("call")) this.#readCall(fields, model);
    else if (fields.has("return")) this.#readReturn(fields, model);
    else
      throw new HistoryFault(
        "HISTORY_KEY_MISSING",
        `it has neither "call" nor "return". Write the time at which the call began, in nanoseconds, as "call".`,
      );
  }

  #settle(): Model {
    if (this.#model) return this.#model;
    this.#model = null;
    this.#settings = settingsOf(this.#header, this.#given);
    return (this.#model = modelOf(this.#settings));
  }

  #readCall(fields: Fields, model: Model): void {
    const client = fields.name("client");
    const object = fields.has("object") ? fields.name("object") : "";
    const name = fields.name("operation");
    const calledNs = fields.integer("call");
    const id = fields.has("id") ? fields.name("id") : undefined;
    const end = readEnd(fields, calledNs);
    const given = fields.has("arguments") ? fields.raw("arguments") : {};
    fields.end();
    if (id !== undefined && this.#ids.has(id))
      throw new HistoryFault(
        "HISTORY_ID_REPEATED",
        `another call has the id ${quote(id)}. Give each call an id of its own.`,
      );
    const operation = readOperation(model, name, given, undefined);
    if (this.#calls.length + this.#open.size >= MAX_CALLS)
      throw new HistoryFault(
        "HISTORY_TOO_MANY_CALLS",
        `there are more than ${MAX_CALLS} calls. Check a part of them, or the calls on one object at a time.`,
      );
    const call = { client, object, name, given, operation, calledNs, line: this.#line };
    if (id !== undefined && end === undefined) this.#open.set(id, call);
    else this.#add(model, call, end);
    if (id === undefined || end !== undefined) this.#whole++;
    if (id !== undefined) this.#ids.add(id);
  }

  #readReturn(fields: Fields, model: Model): void {
    const id = fields.name("id");
    const open = this.#open.get(id);
    if (open === undefined) {
      throw this.#ids.has(id)
        ? new HistoryFault(
            "HISTORY_ID_REPEATED",
            `the call ${quote(id)} has returned before. Leave one of the returns out.`,
          )
        : new HistoryFault(
            "HISTORY_ID_UNKNOWN",
            `no line before this one has a call with the id ${quote(id)}. Write the call first.`,
          );
    }
    const end = readEnd(fields, open.calledNs);
    fields.end();
    this.#add(model, open, end);
    this.#open.delete(id);
  }

  #add(model: Model, open: OpenCall, end: End | undefined): void {
    const { client, object, name, given, calledNs, line } = open;
    const result = end?.outcome === "ok" ? end.result : undefined;
    const operation = readOperation(model, name, given, result);
    if (end?.outcome === "fail") {
      this.#failed++;
      return;
    }
    const returnedNs = end?.outcome === "ok" ? end.returnedNs : undefined;
    this.#calls.push({ client, object, operation, calledNs, returnedNs, line });
  }
}

/** `undefined` if the line does not tell how the call ended. */
function readEnd(fields: Fields, calledNs: bigint): End | undefined {
  const returnedNs = fields.has("return") ? fields.integer("return") : undefined;
  const said = fields.has("outcome") ? fields.oneOf("outcome", outcomes) : undefined;
  const outcome = said ?? (returnedNs === undefined ? "unknown" : "ok");
  if (returnedNs !== undefined && returnedNs < calledNs)
    throw new HistoryFault(
      "HISTORY_RETURN_TOO_EARLY",
      `it returns at ${returnedNs}, before its call at ${calledNs}. Look whether both times are of one clock.`,
    );
  if (outcome === "ok" && returnedNs === undefined)
    throw new HistoryFault(
      "HISTORY_KEY_MISSING",
      `its outcome is "ok", but it has no "return". Write when it returned.`,
    );
  if (outcome !== "ok" && fields.has("result"))
    throw new HistoryFault(
      "HISTORY_KEY_UNKNOWN",
      `it has a "result", although its outcome is not "ok". Leave one of them out.`,
    );
  if (returnedNs === undefined && said === undefined) return undefined;
  return { returnedNs, outcome, result: fields.object("result") };
}

function readOperation(
  model: Model,
  name: string,
  given: unknown,
  result: Fields | undefined,
): Operation {
  const argumentFields = new Fields(given, "arguments");
  const operation = model.read(name, argumentFields, result) as Operation;
  argumentFields.end();
  result?.end();
  return operation;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HistoryFault(
      "HISTORY_NOT_JSON",
      `it is not JSON: ${quote(text)}. Write one call on each line, as {...}.`,
    );
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** For who splits lines: so much need not be kept of a line. */
export function tooLong(): HistoryFault {
  return new HistoryFault(
    "HISTORY_LINE_TOO_LONG",
    `it has more than ${MAX_LINE_CHARACTERS} characters. Write each call on a line of its own, and shorten names and values.`,
  );
}

/** Reads a whole history at once. */
export function readHistory(text: string, given: Header = {}): ReadResult {
  const reader = new HistoryReader(given);
  const lines = text.split("\n");
  const last = lines.pop()!;
  for (const line of lines) reader.readLine(line);
  if (last !== "") reader.readLastLine(last);
  return reader.finish();
}
