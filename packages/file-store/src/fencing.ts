import { checkInteger, type FencingToken, TicketlockError } from "@ticketlock/core";

/** The token that a call carries; 0 if it carries none. @throws {RangeError} */
export function checkToken(token: FencingToken | undefined): FencingToken {
  return token === undefined ? 0 : checkInteger("token", token, 0, Number.MAX_SAFE_INTEGER);
}

/** The error of a holder that was overtaken. */
export function staleToken(token: FencingToken, fence: FencingToken): TicketlockError {
  return new TicketlockError(
    "STORE_STALE_TOKEN",
    `Cannot use token ${token}: the store has seen ${fence}, so this hold of the lock is over. Acquire the lock again and start from a new read.`,
  );
}
