import { TicketlockError } from "@ticketlock/core";
import type { ThreadPlatform } from "@ticketlock/shared-memory";
import { deno } from "../deno-globals.ts";

/** Name of this package, by which its handles are told from others'. */
export const MODULE = "@ticketlock/deno-adapter";

/**
 * What Deno and Linux tell about threads, which is little. A worker has no number: each thread draws
 * its own, and a lock refuses a thread whose number another one has there. A worker that was ended may
 * run on, asleep in Atomics.wait above all. Whether a thread still exists shows in /proc, which Deno
 * lets nobody see who has not been given all permissions.
 */
export class DenoPlatform implements ThreadPlatform {
  readonly module: string = MODULE;
  readonly exitIsDeath = false;
  readonly threadId: number = drawNumber(2 ** 30);
  readonly osThreadId: number;
  readonly osThreadStart: number;

  constructor() {
    // "<pid>/task/<tid>"
    const link = attempt(() => deno!.readLinkSync("/proc/thread-self"));
    const start = attempt(() => startTime(deno!.readTextFileSync("/proc/thread-self/stat")));
    const known = typeof link === "string" && typeof start === "number";
    this.osThreadId = known ? Number(link.slice(link.lastIndexOf("/") + 1)) : 0;
    // Where it is unknown, it is still part of how two threads of one number are told apart.
    this.osThreadStart = known ? start : drawNumber(2 ** 31);
  }

  runtimeId(number: number): number {
    return number;
  }

  threadState(osThreadId: number, osThreadStart: number): "alive" | "gone" | "unknown" {
    const start = attempt(() =>
      startTime(deno!.readTextFileSync(`/proc/self/task/${osThreadId}/stat`)),
    );
    if (typeof start === "number") return start === osThreadStart ? "alive" : "gone";
    return start.name === "NotFound" ? "gone" : "unknown";
  }

  onEnd(): never {
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      "Cannot watch a worker: Deno tells nobody of a worker's end. Have it post its threadNumber, and call recover(threadNumber) when you have ended it.",
    );
  }
}

/** From 1 to below `limit`, by chance that nobody can repeat. */
function drawNumber(limit: number): number {
  const drawn = crypto.getRandomValues(new Uint32Array(1))[0]!;
  return 1 + (drawn % (limit - 1));
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot, folded to 31 bits. Field 2, the name, may contain anything but ends with the last parenthesis. */
function startTime(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[19]) % 2 ** 31;
}

function attempt<T>(look: () => T): T | { readonly name: string } {
  try {
    return look();
  } catch (error) {
    return { name: String((error as { name?: unknown }).name) };
  }
}
