import type { Contender } from "@ticketlock/core";
import { rest } from "../kit/limit.ts";
import { randomFrom } from "../kit/random.ts";
import { take, type Way } from "../kit/taking.ts";
import type { Entry } from "./die-at-point.ts";

export interface FightInput {
  readonly ways: readonly Way[];
  /** So many acquisitions at most; it ends sooner when the owner says so. */
  readonly rounds: number;
}

const STAND_BACK_SHARE = 0.5;

/**
 * Takes and gives back the lock again and again, and tells the owner when it comes in and goes out,
 * until the owner says that it is enough. How often it was inside.
 */
export default async function fight(
  contender: Contender,
  { ways, rounds }: FightInput,
): Promise<number> {
  const { channel, index } = contender;
  const lock = contender.lock();
  const random = randomFrom(contender.seed);
  await contender.meet("start");
  for (let round = 0; round < rounds; round++) {
    const way = ways[Math.floor(random() * ways.length)]!;
    const guard = await take(lock, way, round + index);
    const entry: Entry = { token: guard.token, abandoned: guard.abandoned };
    await channel.request("enter", entry);
    if (guard.abandoned) await guard.markConsistent();
    const goesOn = await channel.request("leave", guard.token);
    await guard.release();
    if (goesOn !== true) return round + 1;
    // A lock that is not in order would be taken again before anybody woken has come: stand back at times.
    if (random() < STAND_BACK_SHARE) await rest();
  }
  return rounds;
}
