import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { TicketlockError } from "@ticketlock/core";

/**
 * Takes a state file for this process, so that two runs do not write over each other. The lock is that of an empty
 * database beside it, which the kernel frees when its holder ends, in whatever way; the file stays.
 * @throws {TicketlockError} `USAGE` if another process has it, or it cannot be written beside
 */
export function lockState(path: string): Disposable {
  const lock = `${resolve(path)}.lock`;
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(lock), { recursive: true });
    database = new DatabaseSync(lock, { timeout: 0, allowExtension: false });
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    const { message } = error as Error;
    const why = /locked|busy/.test(message)
      ? "another pnpm torture --goals uses it. Wait for that, or name another file by --state"
      : `${message}. Name a file in a folder that can be written to by --state`;
    throw new TicketlockError("USAGE", `Cannot use the state ${path}: ${why}.`, { cause: error });
  }
  const held = database;
  return { [Symbol.dispose]: () => held.close() };
}
