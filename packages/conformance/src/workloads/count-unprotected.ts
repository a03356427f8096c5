import type { Contender } from "@ticketlock/core";
import { take, type Way } from "../kit/taking.ts";

export interface CountUnprotectedInput {
  readonly rounds: number;
  readonly way: Way;
  /** Milliseconds after which no further round is begun: a slow store must not make a slow case. */
  readonly budgetMs: number;
}

/** How far apart read and write stand, so that whoever must not come between them can. */
const SPIN = 200;

/**
 * Takes one ticket a round with a read and a write that only the lock makes one step. How many it
 * took is returned; the store must be down by just as many in the end.
 */
export default async function countUnprotected(
  contender: Contender,
  { rounds, way, budgetMs }: CountUnprotectedInput,
): Promise<number> {
  const lock = contender.lock();
  const { store } = contender;
  await contender.meet("start");
  const deadline = performance.now() + budgetMs;
  let round = 0;
  while (round < rounds && performance.now() < deadline) {
    const guard = await take(lock, way, round + contender.index);
    const reading = store.read();
    const inventory = reading instanceof Promise ? await reading : reading;
    for (let i = 0; i < SPIN; i++) Math.sqrt(i);
    const next = {
      ...inventory,
      remaining: inventory.remaining - 1,
      version: inventory.version + 1,
    };
    const writing = store.write(next);
    if (writing instanceof Promise) await writing;
    await guard.release();
    round++;
  }
  return round;
}
