import type { Contender, FencingToken, TicketStore } from "@ticketlock/core";
import { take, type Way } from "../kit/taking.ts";

export interface ZombieInput {
  readonly way: Way;
  /** Stays inside until the store has seen a higher token; else it commits and leaves. */
  readonly holds: boolean;
}

/** An owner who has been told of a contender's end answers it no more. */
const ANSWER_MS = 20;
/** How long one look at the store's fence is put off. */
const LOOK_MS = 5;

const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * Waits for the lock, commits once as its holder, and releases. If it is ended meanwhile and runs on all
 * the same, it commits as well, if it is let.
 */
export default async function zombie(
  { lock, store, channel }: Contender,
  { way, holds }: ZombieInput,
): Promise<void> {
  const guard = await take(lock(), way, 0);
  const { token } = guard;
  const inventory = await store.read(token);
  await Promise.race([channel.request("inside", token), pause(ANSWER_MS)]);
  if (holds) await overtaken(store, token, way);
  await store.write({ ...inventory, version: inventory.version + 1 }, { token });
  await Promise.race([channel.request("outside", token), pause(ANSWER_MS)]);
  await guard.release();
}

/** Waits until somebody else has shut this holder out; where it blocks, in Atomics.wait, in which an ended thread may stay alive. */
async function overtaken(store: TicketStore, token: FencingToken, way: Way): Promise<void> {
  for (;;) {
    const fence = store.fence();
    if ((typeof fence === "number" ? fence : await fence) > token) return;
    if (way === "sync" && typeof fence === "number") Atomics.wait(nobody, 0, 0, LOOK_MS);
    else await pause(LOOK_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
