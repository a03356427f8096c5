import { TicketlockError, type WireError } from "./errors.ts";
import { type Handle, parseHandle } from "./handle.ts";

/** What a session's owner says to a contender. Nanoseconds travel as strings: JSON has no bigint. */
export type OwnerMessage =
  | {
      readonly type: "open";
      readonly index: number;
      readonly count: number;
      readonly seed: number;
      /** Modules that export `adapter`, as the owner has loaded them. */
      readonly adapters: readonly string[];
      readonly locks: readonly Handle[];
      readonly lockKind: string | undefined;
      readonly store: Handle | undefined;
    }
  | {
      readonly type: "load";
      readonly run: number;
      readonly workload: string;
      readonly input: unknown;
    }
  | { readonly type: "start"; readonly run: number; readonly startedNs: string }
  | { readonly type: "abort"; readonly run: number }
  | {
      readonly type: "reply";
      readonly id: number;
      readonly value?: unknown;
      readonly error?: WireError;
    }
  | { readonly type: "close" };

/** What a contender says to the session's owner. */
export type ContenderMessage =
  | { readonly type: "up" }
  | { readonly type: "opened"; readonly error?: WireError | undefined }
  | { readonly type: "loaded"; readonly run: number; readonly error?: WireError | undefined }
  | {
      readonly type: "done";
      readonly run: number;
      readonly value?: unknown;
      readonly error?: WireError | undefined;
    }
  | {
      readonly type: "request";
      readonly run: number;
      readonly id: number;
      readonly topic: string;
      readonly body: unknown;
    }
  | { readonly type: "send"; readonly run: number; readonly topic: string; readonly body: unknown };

type Fields = Record<string, unknown>;

/**
 * Reads a contender's message into a fresh object of known shape; `undefined` if it is malformed.
 * Bodies are passed on as they came: who handles a topic checks its body.
 */
export function parseContenderMessage(message: unknown): ContenderMessage | undefined {
  if (!isFields(message)) return undefined;
  const { type, run, id, topic, body, value } = message;
  if (type === "up") return { type };
  if (type === "opened") return { type, error: parseWireError(message["error"]) };
  if (!isCount(run)) return undefined;
  if (type === "loaded") return { type, run, error: parseWireError(message["error"]) };
  if (type === "done") return { type, run, value, error: parseWireError(message["error"]) };
  if (typeof topic !== "string" || topic.length > 256) return undefined;
  if (type === "request" && isCount(id)) return { type, run, id, topic, body };
  if (type === "send") return { type, run, topic, body };
  return undefined;
}

/** Reads an owner's message. @throws {TicketlockError} `PROTOCOL_VIOLATION` if it is malformed. */
export function parseOwnerMessage(message: unknown): OwnerMessage {
  if (isFields(message)) {
    const {
      type,
      run,
      id,
      index,
      count,
      seed,
      adapters,
      locks,
      lockKind,
      store,
      workload,
      input,
      startedNs,
      value,
    } = message;
    if (type === "close") return { type };
    if (
      type === "open" &&
      isCount(index) &&
      isCount(count) &&
      isCount(seed) &&
      isTexts(adapters) &&
      Array.isArray(locks)
    ) {
      return {
        type,
        index,
        count,
        seed,
        adapters: [...adapters],
        locks: locks.map(parseHandle),
        lockKind: typeof lockKind === "string" ? lockKind : undefined,
        store: store === undefined || store === null ? undefined : parseHandle(store),
      };
    }
    if (type === "load" && isCount(run) && typeof workload === "string")
      return { type, run, workload, input };
    if (type === "start" && isCount(run) && isDigits(startedNs)) return { type, run, startedNs };
    if (type === "abort" && isCount(run)) return { type, run };
    if (type === "reply" && isCount(id)) {
      const error = parseWireError(message["error"]);
      return error === undefined ? { type, id, value } : { type, id, error };
    }
  }
  throw new TicketlockError(
    "PROTOCOL_VIOLATION",
    "Cannot understand the session's owner: its message is malformed.",
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isDigits(value: unknown): value is string {
  return typeof value === "string" && /^[0-9]{1,30}$/.test(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function parseWireError(value: unknown): WireError | undefined {
  if (value === undefined || value === null) return undefined;
  if (
    isFields(value) &&
    typeof value["code"] === "string" &&
    typeof value["message"] === "string"
  ) {
    return { code: value["code"] as WireError["code"], message: value["message"] };
  }
  return { code: "PROTOCOL_VIOLATION", message: "An error came in a malformed message." };
}
