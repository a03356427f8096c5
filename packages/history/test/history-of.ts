import { type Header, type History, readHistory } from "../src/index.ts";

/** Reads lines that must be a history. */
export function historyOf(lines: readonly string[], given: Header = {}): History {
  const read = readHistory(lines.map((line) => `${line}\n`).join(""), given);
  if ("faults" in read) throw new Error(`No history: ${JSON.stringify(read.faults)}`);
  return read.history;
}

/** A whole call as a line: "client operation from-to", with what else the line has. */
export function line(text: string, rest: Readonly<Record<string, unknown>> = {}): string {
  const [client, operation, times = ""] = text.split(" ");
  const [call, end] = times.split("-");
  const ended = end === undefined || end === "" ? {} : { return: Number(end) };
  return JSON.stringify({ client, operation, call: Number(call), ...ended, ...rest });
}
