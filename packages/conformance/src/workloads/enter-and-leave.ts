import type { Contender } from "@ticketlock/core";
import { pauseBetweenAtomicSteps } from "../kit/pauses.ts";
import { take, type Way } from "../kit/taking.ts";

export interface EnterAndLeaveInput {
  readonly rounds: number;
  readonly way: Way;
  /** Pauses at random between the lock's atomic steps. */
  readonly pauses: boolean;
}

/**
 * Tells the owner when it comes into the critical section and before it goes out, and waits for
 * the answer each time: whoever is inside while another comes in is seen, and the round trips
 * between hold the door open for it.
 */
export default async function enterAndLeave(
  contender: Contender,
  { rounds, way, pauses }: EnterAndLeaveInput,
): Promise<number> {
  const lock = contender.lock();
  await contender.meet("start");
  const end = pauses ? pauseBetweenAtomicSteps(contender.seed) : (): void => {};
  try {
    for (let round = 0; round < rounds; round++) {
      const guard = await take(lock, way, round + contender.index);
      await contender.channel.request("enter", guard.token);
      await contender.channel.request("leave", guard.token);
      await guard.release();
    }
  } finally {
    end();
  }
  return rounds;
}
