import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  checkHistory,
  headerLine,
  type History,
  type HistoryVerdict,
  readHistory,
  type Settings,
} from "@ticketlock/history";
import type { Note } from "../contender/notes.ts";

/** What the clients of a round have written, put together. */
export interface ReadHistory {
  /** As one file of the history's format. */
  readonly text: string;
  readonly history: History;
  readonly verdict: HistoryVerdict;
}

/**
 * Joins the files of all clients into one history and checks it; `undefined` if nobody called. What
 * a killed client had not written to the end of a line is left out: a call that is not whole had not
 * begun, and a return that is not whole is not known.
 * @throws {Error} if a line cannot be read, which is a fault of the torture
 */
export function readRoundHistory(
  folder: string,
  part: "lock" | "store",
  settings: Settings,
  clockErrorNs: number,
): ReadHistory | undefined {
  const lines = clientFiles(folder, part).flatMap(({ text }) => wholeLines(text));
  if (lines.length === 0) return undefined;
  // Two clients may each differ from the owner.
  const text = headerLine(settings, BigInt(Math.ceil(2 * clockErrorNs))) + lines.map((line) => `${line}\n`).join(""); // prettier-ignore
  const read = readHistory(text);
  if ("faults" in read) {
    const { line, message } = read.faults[0]!;
    throw new Error(`Cannot read a history of the torture's own: line ${line}: ${message}`);
  }
  return { text, history: read.history, verdict: checkHistory(read.history) };
}

/** A client's notes, in their order. */
export function readNotes(
  folder: string,
): { readonly client: string; readonly notes: readonly Note[] }[] {
  return clientFiles(folder, "notes").map(({ client, text }) => ({
    client,
    notes: wholeLines(text).map((line) => JSON.parse(line) as Note),
  }));
}

/** What the round's counter shows; `undefined` if nobody counted. */
export function readCounter(folder: string, name: string): number | undefined {
  const path = join(folder, name);
  return existsSync(path) ? Number(readFileSync(path, "latin1")) : undefined;
}

function clientFiles(folder: string, part: string): { client: string; text: string }[] {
  const prefix = `${part}-`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".jsonl"))
    .toSorted()
    .map((name) => ({
      client: name.slice(prefix.length, -".jsonl".length),
      text: readFileSync(join(folder, name), "utf8"),
    }));
}

function wholeLines(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "");
}
