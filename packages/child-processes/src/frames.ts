import { TicketlockError } from "@ticketlock/core";
import { MAX_LINE_LENGTH } from "./line-splitter.ts";

/** The first line to a contender's process. */
export interface Greeting {
  /** Stands before every line that the process sends, so that what else is printed to stdout cannot pass for one. */
  readonly key: string;
  /** True if `process.hrtime` of owner and contender is one clock. */
  readonly sharesClock: boolean;
}

/** Every later line to a contender's process. Nanoseconds are text: JSON has no bigint. */
export type OwnerFrame = { readonly message: unknown } | { readonly time: string };

/** A line from a contender's process. */
export type ContenderFrame =
  | { readonly message: unknown }
  /** What time is it? */
  | { readonly ask: "time" }
  /** It has nothing more to hear: its stdin may be ended, and then it ends by itself. */
  | { readonly ask: "end" };

/** Reads the first line. @throws {TicketlockError} `PROTOCOL_VIOLATION` */
export function parseGreeting(line: string): Greeting {
  const { key, sharesClock } = parseFields(line);
  if (typeof key === "string" && key !== "" && typeof sharesClock === "boolean")
    return { key, sharesClock };
  throw violation("its first line is malformed");
}

/** Reads what an owner sent. @throws {TicketlockError} `PROTOCOL_VIOLATION` */
export function parseOwnerFrame(line: string): OwnerFrame {
  const fields = parseFields(line);
  const { time } = fields;
  if (Object.hasOwn(fields, "message")) return { message: fields["message"] };
  if (typeof time === "string" && /^[0-9]{1,30}$/.test(time)) return { time };
  throw violation("a line is neither a message nor the time");
}

/** Reads what a contender sent; `undefined` if the line has not its key, but was printed. @throws {TicketlockError} `PROTOCOL_VIOLATION` */
export function parseContenderFrame(line: string, key: string): ContenderFrame | undefined {
  if (!line.startsWith(key)) return undefined;
  const fields = parseFields(line.slice(key.length));
  const { ask } = fields;
  if (Object.hasOwn(fields, "message")) return { message: fields["message"] };
  if (ask === "time" || ask === "end") return { ask };
  throw violation("a line is neither a message nor a question");
}

/** Writes a line to a contender. @throws what JSON throws; {TicketlockError} `QUEUE_MESSAGE_TOO_LARGE` */
export function formatOwnerLine(content: Greeting | OwnerFrame): string {
  return checked(`${JSON.stringify(content)}\n`);
}

/**
 * Writes a contender's line. It begins with a line's end: what somebody else has printed before, and
 * left without one, is then a line of its own. Throws as `formatOwnerLine` does.
 */
export function formatContenderLine(key: string, frame: ContenderFrame): string {
  return checked(`\n${key}${JSON.stringify(frame)}\n`);
}

function checked(line: string): string {
  if (line.length <= MAX_LINE_LENGTH) return line;
  throw new TicketlockError(
    "QUEUE_MESSAGE_TOO_LARGE",
    `Cannot send a message of ${line.length} characters to another process: ${MAX_LINE_LENGTH} is the most. Send it in parts, or put it into a file.`,
  );
}

function parseFields(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw violation("a line is no JSON object");
}

function violation(why: string): TicketlockError {
  return new TicketlockError(
    "PROTOCOL_VIOLATION",
    `Cannot understand the other end of a contender's pipe: ${why}.`,
  );
}
