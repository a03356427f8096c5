import { TicketlockError, type WireError } from "@ticketlock/core";

/** How long a job that was called off may take to clean up before it is killed. */
export const END_GRACE_MS = 5_000;

/** The first line to a job's process. */
export interface JobRequest {
  /** Stands in every answer, so that what else is printed to stdout cannot pass for one. */
  readonly key: string;
  readonly job: string;
  readonly adapters: readonly { readonly packageName: string; readonly moduleUrl: string }[];
  readonly input: unknown;
}

/** A line from a job's process. */
export type JobAnswer =
  | { readonly event: unknown }
  | { readonly result: unknown }
  | { readonly error: WireError };

/** The one other line to a job's process: it is called off. */
export const ABORT_LINE = "abort";

/** Reads a job's first line. @throws {TicketlockError} `PROTOCOL_VIOLATION` */
export function parseRequest(line: string): JobRequest {
  const value = parseFields(line);
  const { key, job, adapters, input } = value ?? {};
  if (typeof key === "string" && typeof job === "string" && Array.isArray(adapters)) {
    return { key, job, adapters: adapters.map(parseModule), input };
  }
  throw violation("its request is malformed");
}

function parseModule(value: unknown): JobRequest["adapters"][number] {
  const { packageName, moduleUrl } = (value ?? {}) as Record<string, unknown>;
  if (typeof packageName === "string" && typeof moduleUrl === "string")
    return { packageName, moduleUrl };
  throw violation("its list of adapters is malformed");
}

/** Reads an answer; `undefined` if the line is none, but something that was printed. */
export function parseAnswer(line: string, key: string): JobAnswer | undefined {
  if (!line.startsWith(answerStart(key))) return undefined;
  const value = parseFields(line);
  if (value === undefined) throw violation("an answer is not JSON");
  if (Object.hasOwn(value, "event")) return { event: value["event"] };
  if (Object.hasOwn(value, "result")) return { result: value["result"] };
  if (Object.hasOwn(value, "error")) return { error: value["error"] as WireError }; // fromWireError checks it
  throw violation("an answer has neither event nor result nor error");
}

/** Writes an answer as one line. */
export function formatAnswer(key: string, answer: JobAnswer): string {
  const [[name, value] = ["result", null]] = Object.entries(answer);
  return `${answerStart(key)}${JSON.stringify(name)}:${JSON.stringify(value) ?? "null"}}\n`;
}

function answerStart(key: string): string {
  return `{"key":${JSON.stringify(key)},`;
}

function parseFields(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function violation(why: string): TicketlockError {
  return new TicketlockError(
    "PROTOCOL_VIOLATION",
    `Cannot understand the other end of a job: ${why}.`,
  );
}
