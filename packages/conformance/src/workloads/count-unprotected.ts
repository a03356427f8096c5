import { type Contender, isBlockingLock, type TicketStore } from "@ticketlock/core";
import { randomFrom } from "../kit/random.ts";
import { blocksOn, type Way } from "../kit/taking.ts";

export interface CountUnprotectedInput {
  readonly rounds: number;
  readonly way: Way;
  /** Milliseconds after which no further round is begun: slow data must not make a slow case. */
  readonly budgetMs: number;
  /** A word that threads share. Processes count the store's tickets instead. */
  readonly words: Int32Array | undefined;
}

/** Looks at the clock once in so many rounds. */
const ROUNDS_PER_LOOK = 16;
/** Between read and write, so that whoever must not come between them can. */
const SPIN_INSIDE = 40;
/** How long a contender stays away at most: often the lock is free then, and several come at once. */
const SPIN_OUTSIDE = 160;

/**
 * Counts one up a round with a read and a write that only the lock makes one step. How many rounds
 * there were is returned; the data must have changed by just as many in the end.
 */
export default async function countUnprotected(
  contender: Contender,
  { rounds, way, budgetMs, words }: CountUnprotectedInput,
): Promise<number> {
  const lock = contender.lock();
  const random = randomFrom(contender.seed);
  await contender.meet("start");
  const deadline = performance.now() + budgetMs;
  for (let round = 0; round < rounds; round++) {
    if (round % ROUNDS_PER_LOOK === 0 && performance.now() > deadline) return round;
    const sync = blocksOn(way, Math.floor((round + contender.index) / ROUNDS_PER_LOOK));
    // No await where nothing has to be waited for: contenders meet in nanoseconds or not at all.
    const guard = sync && isBlockingLock(lock) ? lock.acquireSync() : await lock.acquire();
    if (words === undefined) await takeTicket(contender.store);
    else countUp(words);
    const released = guard.release();
    if (released instanceof Promise) await released;
    spin(random() * SPIN_OUTSIDE);
  }
  return rounds;
}

/** Plain accesses on purpose: nothing but the lock makes them safe. */
function countUp(words: Int32Array): void {
  const seen = words[0]!;
  spin(SPIN_INSIDE);
  words[0] = seen + 1;
}

async function takeTicket(store: TicketStore): Promise<void> {
  const inventory = await store.read();
  const { remaining, version } = inventory;
  await store.write({ ...inventory, remaining: remaining - 1, version: version + 1 });
}

/** Burns time that no compiler can leave out. */
let burnt = 1;
function spin(steps: number): void {
  for (let i = 0; i < steps; i++) burnt = (Math.imul(burnt, 48_271) + i) | 0;
}
