import { TicketlockError } from "@ticketlock/core";

export function timedOut(timeoutMs: number): TicketlockError {
  return new TicketlockError(
    "LOCK_TIMEOUT",
    `Cannot take the lock: it was not free within ${timeoutMs} ms. Wait longer, or hold it for less.`,
  );
}

export function closedError(): TicketlockError {
  return new TicketlockError(
    "LOCK_CLOSED",
    "Cannot use the lock: it was closed here. Open it again.",
  );
}
