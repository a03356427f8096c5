import { TicketlockError } from "@ticketlock/core";
import { bunFault, OLDEST_BUN } from "@ticketlock/mapped-memory";
import { type Trial, trySleeper } from "./try-sleeper.ts";

let tried: Promise<void> | undefined;

/**
 * Refuses a Bun in which a lock between threads could hang.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED`, naming the version to install.
 */
export function checkVersion(version: string | undefined = process.versions["bun"]): void {
  const fault = version === undefined ? undefined : bunFault(version);
  if (fault !== undefined) throw unfit(fault);
}

/**
 * Refuses a Bun in which threads do not end as locks need it, by its version and by trying it: once in
 * a process, some 50 ms.
 * @throws {TicketlockError} `RUNTIME_MISSING` in another runtime; `LOCK_UNSUPPORTED`, naming the version to install.
 */
export function checkThreads(): Promise<void> {
  return (tried ??= tryThreads(process.versions["bun"]));
}

/** The same for a version and a trial that a test brings. */
export async function tryThreads(version: string | undefined, trial?: Trial): Promise<void> {
  if (version === undefined) {
    throw new TicketlockError(
      "RUNTIME_MISSING",
      "Cannot start a thread of Bun: this is another runtime. Run the program with Bun.",
    );
  }
  checkVersion(version);
  const fault = await trySleeper(trial);
  if (fault !== undefined) throw unfit(`in this Bun, ${version}, ${fault}`);
}

function unfit(why: string): TicketlockError {
  return new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot use locks between threads here: ${why}. Install another Bun, ${OLDEST_BUN} or newer: npm install bun@latest.`,
  );
}
