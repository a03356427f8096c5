import { existsSync, writeFileSync } from "node:fs";
import type { Contender } from "@ticketlock/core";
import { take } from "../kit/taking.ts";

export interface WaitWhileBusyInput {
  /** Written by the first contender when its thread blocks. */
  readonly blockedPath: string;
  /** Written by the owner when that thread may go on. */
  readonly goOnPath: string;
  readonly blocking: boolean;
}

const LOOK_MS = 5;

/**
 * The first contender waits for the lock with `acquire` and then keeps its thread busy with other
 * things, so that it could not take what it is woken for; the others come later and wait as well.
 */
export default async function waitWhileBusy(
  contender: Contender,
  { blockedPath, goOnPath, blocking }: WaitWhileBusyInput,
): Promise<void> {
  const { channel, index } = contender;
  const lock = contender.lock();
  if (index > 0) await contender.meet("the first waits");
  const acquired = take(lock, blocking && index === 2 ? "sync" : "async", 0);
  if (index === 0) {
    await channel.request("waits", index); // answered when it is in line
    const met = contender.meet("the first waits");
    await Promise.race([met, channel.request("told", index)]); // the message must go out
    writeFileSync(blockedPath, "");
    const nobody = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(goOnPath)) Atomics.wait(nobody, 0, 0, LOOK_MS);
  }
  const guard = await acquired;
  await channel.request("granted", index);
  await guard.release();
}
