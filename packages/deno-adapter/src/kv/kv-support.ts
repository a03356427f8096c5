import { TicketlockError } from "@ticketlock/core";
import { type Deno, denoGlobal, isGranted, type Kv } from "../deno-types.ts";

/** Deno, as far as a store needs it. */
export interface KvDeno extends Deno {
  readonly openKv: (path: string) => Promise<Kv>;
}

/**
 * Deno with its KV.
 * @throws {TicketlockError} `STORE_UNSUPPORTED` in another runtime, or without `--unstable-kv`.
 */
export function requireKv(): KvDeno {
  const deno = denoGlobal();
  if (deno === undefined)
    throw unsupported(
      "this runtime is not Deno. Use kind sqlite or json-durable of @ticketlock/file-store",
    );
  if (typeof deno.openKv !== "function") throw unsupported("it is off. Pass --unstable-kv to deno");
  return deno as KvDeno;
}

/**
 * Asks Deno whether the program may use what lies in a directory, so that it does not ask whoever
 * sits at the terminal. A file alone would not do: SQLite makes others beside it.
 * @throws {TicketlockError} `STORE_UNSUPPORTED`, naming the flag.
 */
export function requireAccess(deno: Deno, directory: string): void {
  for (const name of ["read", "write"] as const) {
    if (isGranted(deno, { name, path: directory })) continue;
    throw new TicketlockError(
      "STORE_UNSUPPORTED",
      `Cannot use a store in ${directory}: Deno may not ${name} there. Pass --allow-${name}=${directory} to deno.`,
    );
  }
}

function unsupported(why: string): TicketlockError {
  return new TicketlockError("STORE_UNSUPPORTED", `Cannot use a store in Deno KV: ${why}.`);
}
