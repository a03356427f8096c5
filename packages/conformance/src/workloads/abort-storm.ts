import type { Contender } from "@ticketlock/core";
import { microtask, rest } from "../kit/limit.ts";
import { pauseBetweenAtomicSteps } from "../kit/pauses.ts";
import { randomFrom } from "../kit/random.ts";

export interface AbortStormInput {
  readonly acquires: number;
  /** One in so many acquisitions is given up. */
  readonly abortOneIn: number;
  /** Pauses at random between the lock's atomic steps. */
  readonly pauses: boolean;
}

export interface AbortStormResult {
  readonly granted: number;
  readonly aborted: number;
  /** Acquisitions that rejected with something else than their signal's reason. */
  readonly strange: string[];
}

/** Queues many acquisitions at once and gives up some of them at random moments. */
export default async function abortStorm(
  contender: Contender,
  { acquires, abortOneIn, pauses }: AbortStormInput,
): Promise<AbortStormResult> {
  const random = randomFrom(contender.seed);
  const lock = contender.lock();
  const strange: string[] = [];
  let granted = 0;
  let aborted = 0;
  const one = async (): Promise<void> => {
    const controller = new AbortController();
    const reason = { givenUp: true };
    const fickle = random() < 1 / abortOneIn;
    if (fickle) void giveUp(controller, reason, Math.floor(random() * 8));
    try {
      const guard = await lock.acquire({ signal: controller.signal });
      granted++;
      if (random() < 0.5) await microtask();
      await guard.release();
    } catch (error) {
      if (error === reason && fickle) aborted++;
      else strange.push(String(error));
    }
  };
  await contender.meet("start");
  const end = pauses ? pauseBetweenAtomicSteps(contender.seed) : (): void => {};
  const all: Promise<void>[] = [];
  for (let i = 0; i < acquires; i++) {
    all.push(one());
    if (i % 16 === 15) await rest();
  }
  await Promise.all(all);
  end();
  return { granted, aborted, strange };
}

async function giveUp(controller: AbortController, reason: unknown, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await (turn % 4 === 3 ? rest() : microtask());
  controller.abort(reason);
}
