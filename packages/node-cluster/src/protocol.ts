import {
  isTicketlockError,
  type LockState,
  TicketlockError,
  type WireError,
} from "@ticketlock/core";
import { MAX_PATH, MAX_TOKENS_ABOVE, MAX_WAITERS } from "./broker-limits.ts";
import { isLockKey, isMadeKey } from "./lock-key.ts";

/** Both sides must speak the same version; the broker refuses another one by name. */
export const PROTOCOL_VERSION = 3;

/**
 * What a process asks of the broker. `id` names a question and comes back in its answer; `seat` is
 * one opening of a lock. `cancel`, `release`, `consistent` and `close` are not answered: messages
 * arrive in order, so whoever sent one may go on at once.
 */
export type BrokerRequest =
  | { readonly type: "hello"; readonly id: number; readonly version: number }
  /** `waiters` 0: the default. */
  | {
      readonly type: "create";
      readonly id: number;
      readonly tokensAbove: number;
      readonly waiters: number;
    }
  /**
   * A name that nobody has open makes the lock, with room for so many waiters. Its tokens rise above
   * `tokensAbove` in any case. `directory`: the state directory that names it; empty without a name.
   */
  | {
      readonly type: "open";
      readonly id: number;
      readonly key: string;
      readonly directory: string;
      readonly tokensAbove: number;
      readonly waiters: number;
    }
  | { readonly type: "acquire"; readonly id: number; readonly seat: number; readonly wait: boolean }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "release"; readonly seat: number; readonly token: number }
  | { readonly type: "consistent"; readonly seat: number; readonly token: number }
  | { readonly type: "query"; readonly id: number; readonly seat: number }
  | { readonly type: "close"; readonly seat: number };

/** What the broker answers. A refusal without `id` is of something that cannot be answered, or not even be read. */
export type BrokerReply =
  | { readonly type: "welcome"; readonly id: number }
  | { readonly type: "created"; readonly id: number; readonly key: string }
  | { readonly type: "opened"; readonly id: number; readonly seat: number }
  | {
      readonly type: "granted";
      readonly id: number;
      readonly seat: number;
      readonly token: number;
      readonly abandoned: boolean;
      /** Others wait: a release is to be sent at once. */
      readonly contended: boolean;
    }
  | { readonly type: "busy"; readonly id: number }
  | { readonly type: "state"; readonly id: number; readonly state: LockState }
  | { readonly type: "refused"; readonly id?: number; readonly error: WireError };

type Fields = Record<string, unknown>;

/**
 * Reads a request into a fresh object of known shape; `undefined` if anything in it is missing,
 * of another type, out of range, or too much.
 */
export function parseRequest(message: unknown): BrokerRequest | undefined {
  if (!isFields(message)) return undefined;
  const { type, id, seat, token, key, wait, directory, version, tokensAbove, waiters } = message;
  const fields = Object.keys(message).length - 1;
  if (type === "release" || type === "consistent") {
    return fields === 2 && isCount(seat) && isCount(token) ? { type, seat, token } : undefined;
  }
  if (type === "close") return fields === 1 && isCount(seat) ? { type, seat } : undefined;
  if (!isCount(id)) return undefined;
  if (type === "acquire" && fields === 3 && isCount(seat) && typeof wait === "boolean")
    return { type, id, seat, wait };
  if (type === "cancel" && fields === 1) return { type, id };
  if (type === "query" && fields === 2 && isCount(seat)) return { type, id, seat };
  if (type === "hello" && fields === 2 && isCount(version)) return { type, id, version };
  if (!isCount(tokensAbove) || tokensAbove > MAX_TOKENS_ABOVE) return undefined;
  if (!isCount(waiters) || waiters > MAX_WAITERS) return undefined;
  if (type === "create" && fields === 3) return { type, id, tokensAbove, waiters };
  if (type === "open" && fields === 5 && isLockKey(key) && isPlaceOf(key, directory))
    return { type, id, key, directory, tokensAbove, waiters };
  return undefined;
}

/** Reads an answer; `undefined` if it is malformed. */
export function parseReply(message: unknown): BrokerReply | undefined {
  if (!isFields(message)) return undefined;
  const { type, id, seat, token, abandoned, contended, key } = message;
  if (type === "refused") {
    const error = message["error"] as WireError; // fromWireError checks it
    return isCount(id) ? { type, id, error } : { type, error };
  }
  if (!isCount(id)) return undefined;
  if (type === "granted" && isCount(seat) && isCount(token)) {
    if (typeof abandoned !== "boolean" || typeof contended !== "boolean") return undefined;
    return { type, id, seat, token, abandoned, contended };
  }
  if (type === "busy" || type === "welcome") return { type, id };
  if (type === "opened" && isCount(seat)) return { type, id, seat };
  if (type === "created" && isLockKey(key)) return { type, id, key };
  if (type === "state") {
    const state = parseState(message["state"]);
    return state && { type, id, state };
  }
  return undefined;
}

function parseState(value: unknown): LockState | undefined {
  if (!isFields(value)) return undefined;
  const { held, token, waiters, abandoned, holder } = value;
  if (
    typeof held !== "boolean" ||
    !isCount(token) ||
    !isCount(waiters) ||
    typeof abandoned !== "boolean"
  )
    return undefined;
  const state = { held, token, waiters, abandoned };
  return isFields(holder) && isCount(holder["id"])
    ? { ...state, holder: { id: holder["id"] } }
    : state;
}

/** The question that a message, however malformed, may have been. */
export function requestId(message: unknown): number | undefined {
  return isFields(message) && isCount(message["id"]) ? message["id"] : undefined;
}

/** What the broker refuses with is always its own. */
export function refusal(error: unknown): WireError {
  if (isTicketlockError(error)) return { code: error.code, message: error.message };
  throw error;
}

export function malformed(): TicketlockError {
  return new TicketlockError(
    "PROTOCOL_VIOLATION",
    "Cannot serve the message: it is malformed or too large. Use the same release of @ticketlock/node-cluster in all processes.",
  );
}

/** A name stands in a state directory; a made key in none. */
function isPlaceOf(key: string, directory: unknown): directory is string {
  if (typeof directory !== "string" || directory.length > MAX_PATH) return false;
  return isMadeKey(key) ? directory === "" : directory !== "" && !directory.includes("\0");
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
