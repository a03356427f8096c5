import { readFileSync } from "node:fs";
import process from "node:process";
import type { Contender, Launcher } from "@ticketlock/core";

/** Sent by one that is to be ended by its owner, where it stands. */
export const DIES_TOPIC = "dies";

const nobody = new Int32Array(new SharedArrayBuffer(4));
const { wait } = Atomics;

/**
 * Ends this contender at this very step, without letting it clean up. A process kills itself. A
 * thread cannot, nor can a process that may send no signals: it stands still until its owner, who is
 * told by `DIES_TOPIC`, ends it.
 */
export function dieHere({ channel }: Contender, unit: Launcher["unit"]): never {
  if (unit !== "process" || !killed()) channel.send(DIES_TOPIC, null);
  for (;;) wait(nobody, 0, 0);
}

/** False if this process may not. */
function killed(): boolean {
  try {
    return process.kill(process.pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** True once a process is gone, as far as its parent can tell. */
export function isProcessGone(id: number): boolean {
  try {
    process.kill(id, 0);
    return false;
  } catch {
    return true;
  }
}

/** True once a process runs no more, also where nobody has asked after its end: a stranger's child, as far as this system tells. */
export function isProcessOver(id: number): boolean {
  if (isProcessGone(id)) return true;
  try {
    // Behind the name, which may hold anything but ends with the last bracket, stands the state.
    const status = readFileSync(`/proc/${id}/stat`, "utf8");
    return /^\) [ZX]/.test(status.slice(status.lastIndexOf(")")));
  } catch {
    return isProcessGone(id);
  }
}

/** Ends a process that should have ended by itself, so that a case leaves none behind. */
export function endProcess(id: number): void {
  if (!isProcessOver(id)) process.kill(id, "SIGKILL");
}
