import { TicketlockError } from "@ticketlock/core";

/** What was typed wrong, in one line. The command prints it and exits 2. */
export function usageError(message: string): TicketlockError {
  return new TicketlockError("USAGE", message);
}

/** Exit codes of the bench's commands. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;
