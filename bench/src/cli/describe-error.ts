import { isTicketlockError } from "@ticketlock/core";
import { plainText } from "../report/plain-text.ts";

/** The line for a terminal, which it does not command, with the error's code behind it, and whether the user's input was at fault. */
export function describeError(error: unknown): { readonly line: string; readonly usage: boolean } {
  const message = error instanceof Error ? error.message : String(error);
  const usage =
    isTicketlockError(error) &&
    [
      "USAGE",
      "ADAPTER_NOT_FOUND",
      "ADAPTER_INVALID",
      "LOCK_SCOPE",
      "LOCK_UNSUPPORTED",
      "STORE_UNSUPPORTED",
    ].includes(error.code);
  const code = isTicketlockError(error) ? ` [${error.code}]` : "";
  return { line: `${plainText(message.split("\n")[0]!)}${code}`, usage };
}
