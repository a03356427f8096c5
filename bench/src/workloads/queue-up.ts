import type { Contender, Lock } from "@ticketlock/core";

/** What each contender reports of a round: its place in the queue and the token it was granted. */
export interface QueuedUp {
  readonly place: number;
  readonly token: number;
}

/**
 * Contenders enter the queue one after the other, each once it sees all before it waiting, and are
 * then let go: their tokens must come in the order of their places.
 */
export default async function queueUp(contender: Contender, { rounds }: { rounds: number }): Promise<QueuedUp[]> {
  const lock = contender.lock();
  const { count, index } = contender;
  const results: QueuedUp[] = [];
  for (let round = 0; round < rounds; round++) {
    const place = (index + round) % count;
    await contender.meet(`round ${round}`);
    if (place > 0) await until(lock, place - 1);
    const guard = await lock.acquire();
    results.push({ place, token: guard.token });
    if (place === 0) await until(lock, count - 1);
    await guard.release();
  }
  return results;
}

/** Waits until the lock is held and so many wait for it. */
async function until(lock: Lock, waiters: number): Promise<void> {
  for (;;) {
    const state = await lock.query();
    if (state.held && state.waiters >= waiters) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
