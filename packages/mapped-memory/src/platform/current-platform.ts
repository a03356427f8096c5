import { TicketlockError } from "@ticketlock/core";
import { OLDEST_BUN } from "./bun-fault.ts";
import { BunPlatform } from "./bun-platform.ts";
import { denoGlobal } from "./deno-ffi.ts";
import { DenoPlatform } from "./deno-platform.ts";
import type { MappedPlatform } from "./mapped-platform.ts";
import { NodePlatform } from "./node-platform.ts";
import { reasonOf } from "./reason-of.ts";
import { testPlatform } from "./self-test.ts";

let found: MappedPlatform | TicketlockError | undefined;

/**
 * This thread's platform, looked for once.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` where mapped locks are not to be had, with the reason.
 */
export function currentPlatform(): MappedPlatform {
  found ??= findPlatform();
  if (found instanceof TicketlockError) throw found;
  return found;
}

/**
 * Why mapped locks and stores cannot be used here, or not in that directory, which must exist;
 * `undefined` if they can. The system is looked at once.
 */
export function mappedSupport(directory?: string): TicketlockError | undefined {
  found ??= findPlatform();
  if (found instanceof TicketlockError) return found;
  if (directory === undefined) return undefined;
  return found.isTmpfs(directory) ? undefined : notOnTmpfs(directory);
}

/** What is said of a place whose pages would be written to a disk. */
export function notOnTmpfs(path: string): TicketlockError {
  return new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot map ${path}: it does not lie on a tmpfs, so its pages would be written to a disk. Put it under /dev/shm. ${otherwise()}`,
  );
}

/** What to do where mapped memory is not to be had, as a sentence. */
export function otherwise(): string {
  const { instead } = runtimes[runtimeName()];
  return instead === undefined
    ? "Locks of another kind between processes are to be had in Node and Deno only."
    : `Elsewhere use ${instead}.`;
}

/** What mapped memory takes in this runtime, as a sentence. */
export function needs(): string {
  return `It takes Linux on x86-64 or arm64 and ${runtimes[runtimeName()].takes}.`;
}

/** What each runtime must be for mapped memory, and which other locks between processes it has. */
const runtimes: Readonly<Record<"node" | "deno" | "bun", Runtime>> = {
  node: {
    takes: "Node 26.1 or newer, with --allow-ffi where the permission model is on",
    instead: 'a lock of kind "ipc" or "sqlite"',
  },
  deno: {
    takes: "Deno 2.9 or newer, with --allow-ffi, not limited to paths",
    instead: 'a lock of kind "flock"',
  },
  bun: { takes: `Bun ${OLDEST_BUN} or newer` },
};

interface Runtime {
  readonly takes: string;
  readonly instead?: string;
}

function runtimeName(): "node" | "deno" | "bun" {
  if (denoGlobal() !== undefined) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}

function findPlatform(): MappedPlatform | TicketlockError {
  try {
    const platform = platformOfRuntime();
    testPlatform(platform);
    return platform;
  } catch (error) {
    const why = reasonOf(error);
    return new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot use mapped memory here: ${why}. ${needs()} ${otherwise()}`,
      { cause: error },
    );
  }
}

function platformOfRuntime(): MappedPlatform {
  if (typeof process === "undefined" || process.platform !== "linux")
    throw new Error(
      `the operating system is ${typeof process === "undefined" ? "unknown" : process.platform}`,
    );
  const deno = denoGlobal();
  if (deno !== undefined) return new DenoPlatform(deno);
  return runtimeName() === "bun" ? new BunPlatform() : new NodePlatform();
}
