import { type OsThread, osThread, osThreadState } from "@ticketlock/child-threads";
import { TicketlockError } from "@ticketlock/core";
import type { ThreadPlatform } from "@ticketlock/shared-memory";
import { denoGlobal, isGranted } from "../deno-types.ts";
import { MODULE } from "../module.ts";

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
  /** Asked once: a look of a waiter asks for many threads. */
  readonly #mayLook: boolean = mayLook();

  constructor() {
    const { osThreadId, osThreadStart } = this.#mayLook ? osThread() : UNKNOWN;
    this.osThreadId = osThreadId;
    // Where it is unknown, it is still part of how two threads of one number are told apart.
    this.osThreadStart = osThreadId === 0 ? drawNumber(2 ** 31) : osThreadStart;
  }

  runtimeId(number: number): number {
    return number;
  }

  threadState(osThreadId: number, osThreadStart: number): "alive" | "gone" | "unknown" {
    return this.#mayLook ? osThreadState({ osThreadId, osThreadStart }) : "unknown";
  }

  onEnd(): never {
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      "Cannot watch a worker: Deno tells nobody of a worker's end. Have it post its threadNumber, and call recover(threadNumber) when you have ended it.",
    );
  }
}

const UNKNOWN: OsThread = { osThreadId: 0, osThreadStart: 0 };

/** Whether /proc may be read: on a terminal Deno would ask, and nobody could know what for. */
function mayLook(): boolean {
  const deno = denoGlobal();
  return deno === undefined || isGranted(deno, { name: "read", path: "/proc" });
}

/** From 1 to below `limit`, by chance that nobody can repeat. */
function drawNumber(limit: number): number {
  const drawn = crypto.getRandomValues(new Uint32Array(1))[0]!;
  return 1 + (drawn % (limit - 1));
}
