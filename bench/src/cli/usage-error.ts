import { TicketlockError } from "@ticketlock/core";

/** What was typed wrong, in one line. The command prints it and exits 2. */
export function usageError(message: string): TicketlockError {
  return new TicketlockError("USAGE", message);
}
