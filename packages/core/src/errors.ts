/**
 * Every code an error of ticketlock may carry, with what it tells the caller. The README's list of
 * error codes is generated from this table.
 */
export const errorCodes = {
  LOCK_TIMEOUT: "The lock was not granted within `timeoutMs`; the waiter left the queue.",
  LOCK_LOST: "The hold ended before it was released, or the lock's owner is gone.",
  LOCK_NOT_HOLDER: "Something was asked of a lock that only its holder may ask.",
  LOCK_DEADLOCK: "The thread would block while waiting for itself.",
  LOCK_CLOSED: "The lock was closed in this contender.",
  LOCK_UNSUPPORTED: "This kind of lock, or this power of it, is not to be had here.",
  LOCK_UNAVAILABLE: "The lock's file or memory cannot be had: no room, no right, an I/O error.",
  LOCK_CORRUPT:
    "What is found in the lock's place is not a lock that can be trusted: damaged, of another version, a link, somebody else's, or open to others.",
  LOCK_LIMIT: "This thread has as many locks open as the system could free after its death.",
  NAME_INVALID: "The name is not one that a lock may have.",
  STATE_DIRECTORY_INVALID:
    "The directory for locks and stores is not private to this user, not of the right kind, or must be named.",
  LOCK_SCOPE:
    "The lock or store does not reach all contenders (threads, processes, runtimes, hosts).",
  QUEUE_FULL:
    "A bounded queue has no room left, or the lock has as many waiters or contenders as it has room for.",
  QUEUE_TAKEN: "Another thread is already the queue's receiver.",
  QUEUE_TIMEOUT: "No message came within `timeoutMs`.",
  QUEUE_CLOSED: "The other end of the queue is closed or dead.",
  QUEUE_MESSAGE_TOO_LARGE: "The message does not fit into one cell of the queue.",
  BARRIER_BROKEN:
    "A party of the barrier gave up, timed out or died, so its generation cannot be complete.",
  STORE_CLOSED: "The store was closed in this contender.",
  STORE_CORRUPT: "The stored data cannot be read as what it should be.",
  STORE_FULL: "The store's journal has no room for another sale.",
  STORE_STALE_TOKEN: "The fencing token is lower than one the store has already seen.",
  STORE_UNAVAILABLE: "The store's file cannot be opened, read or written.",
  STORE_UNSUPPORTED: "This kind of store, or this power of it, is not to be had here.",
  HANDLE_INVALID: "The handle is not one that this module, kind or version can open.",
  CONTENDER_CRASHED: "A contender ended without finishing its workload.",
  CONTENDER_FAILED:
    'A contender\'s workload threw or could not be loaded (give the URL of a module that exists, as new URL("./workload.js", import.meta.url)), the owner could not take what it sent, or its run was called off.',
  CONTENDER_TIMEOUT:
    "A contender did not start, open its locks or load a workload within its limit.",
  SESSION_BUSY: "The session already runs a workload; it runs one at a time.",
  PROTOCOL_VIOLATION: "A message between session and contender is malformed.",
  ADAPTER_NOT_FOUND: "No adapter of that name is in the workspace.",
  ADAPTER_INVALID: "A package's adapter declaration or module is not usable.",
  RUNTIME_MISSING: "The runtime that an adapter needs is not installed.",
  PERMISSION_DENIED:
    "The runtime or the system does not permit this process what it takes to start or end a contender.",
  USAGE: "A command was given an argument that it does not take.",
} as const;

/** Stable, machine-readable name of what went wrong. */
export type ErrorCode = keyof typeof errorCodes;

/**
 * The one class of error that ticketlock raises, apart from `TypeError` and `RangeError` for wrong
 * arguments and a signal's own reason for an abort. `code` is stable across releases; the message
 * says what cannot be done, why, and what to do.
 */
export class TicketlockError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "TicketlockError";
    this.code = code;
  }
}

/** True if `error` is a TicketlockError, of the given code if one is named. */
export function isTicketlockError(error: unknown, code?: ErrorCode): error is TicketlockError {
  return error instanceof TicketlockError && (code === undefined || error.code === code);
}

/** An error as plain data, to cross a thread or a process. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Turns any thrown value into plain data; what is not a TicketlockError gets `fallback` as its code. */
export function toWireError(error: unknown, fallback: ErrorCode = "CONTENDER_FAILED"): WireError {
  if (error instanceof TicketlockError) return { code: error.code, message: error.message };
  return { code: fallback, message: describe(error) };
}

/** Anything can be thrown, also what has no text. */
function describe(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return "Something was thrown that cannot be turned into a text.";
  }
}

/** Rebuilds an error from plain data that came from another contender; never trusts its shape. */
export function fromWireError(wire: unknown): TicketlockError {
  if (typeof wire === "object" && wire !== null && "code" in wire && "message" in wire) {
    const { code, message } = wire;
    if (
      typeof code === "string" &&
      Object.hasOwn(errorCodes, code) &&
      typeof message === "string"
    ) {
      return new TicketlockError(code as ErrorCode, message);
    }
  }
  return new TicketlockError(
    "PROTOCOL_VIOLATION",
    "Cannot read an error from another contender: it is malformed.",
  );
}
