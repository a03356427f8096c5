import { TicketlockError } from "@ticketlock/core";
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

/** Why mapped locks and stores cannot be used here; `undefined` if they can. Looked for once. */
export function mappedSupport(): TicketlockError | undefined {
  found ??= findPlatform();
  return found instanceof TicketlockError ? found : undefined;
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
      `Cannot use mapped memory here: ${why}. It takes Linux on x86-64 or arm64 and Node 26.1 or newer, with --allow-ffi where the permission model is on. Elsewhere use a lock of kind "ipc" or "sqlite".`,
      { cause: error },
    );
  }
}

function platformOfRuntime(): MappedPlatform {
  if ("Deno" in globalThis || "Bun" in globalThis)
    throw new Error("this runtime is not supported yet");
  if (typeof process === "undefined" || process.platform !== "linux")
    throw new Error(
      `the operating system is ${typeof process === "undefined" ? "unknown" : process.platform}`,
    );
  return new NodePlatform();
}
