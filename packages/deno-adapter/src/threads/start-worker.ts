import { TicketlockError } from "@ticketlock/core";
import {
  type DenoWorker,
  type DenoWorkerClass,
  workerClass,
  type WorkerPermissions,
} from "../deno-globals.ts";

/**
 * Starts a worker that runs a module and may do what is said.
 * @throws {TicketlockError} `RUNTIME_MISSING` in another runtime; `PERMISSION_DENIED` if that is more
 * than this thread may.
 */
export function startWorker(module: URL, name: string, permissions: WorkerPermissions): DenoWorker {
  const Worker = requireWorkers();
  // Even to say "inherit" takes the flag.
  const limits = permissions === "inherit" ? {} : { deno: { permissions } };
  try {
    return new Worker(module, { type: "module", name, ...limits });
  } catch (cause) {
    if (!(cause instanceof Error && cause.name === "NotCapable")) throw cause;
    throw new TicketlockError(
      "PERMISSION_DENIED",
      `Cannot start ${name} with ${JSON.stringify(permissions)}: it would be permitted more than this thread is (${cause.message}). Start Deno with the same --allow- flags, as --allow-write for what a session writes, or permit it less.`,
      { cause },
    );
  }
}

/** @throws {TicketlockError} `RUNTIME_MISSING` in another runtime. */
export function requireWorkers(): DenoWorkerClass {
  const Worker = workerClass();
  if (Worker !== undefined) return Worker;
  throw new TicketlockError(
    "RUNTIME_MISSING",
    "Cannot start a worker of Deno: this is another runtime. Run the program with Deno.",
  );
}

let isTried = false;

/**
 * Sees whether workers can be permitted less than this thread is, by a worker that does nothing. Where
 * Deno lacks --unstable-worker-options it ends the process here and names the flag: nothing tells
 * beforehand, and nothing has been made yet that would be left behind.
 */
export function tryPermissions(): void {
  if (isTried) return;
  startWorker(new URL("data:text/javascript,"), "trial", "none").terminate();
  isTried = true;
}
