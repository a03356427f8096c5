import { type Contender, type Guard, isBlockingLock, type Lock } from "@ticketlock/core";
import { rest } from "../kit/limit.ts";
import { blocksOn, type Way } from "../kit/taking.ts";

export interface QueueUpInput {
  readonly rounds: number;
  readonly way: Way;
}

/** Queues up when the owner says that it is its turn, and tells the owner when it is granted. */
export default async function queueUp(
  contender: Contender,
  { rounds, way }: QueueUpInput,
): Promise<void> {
  const lock = contender.lock();
  for (let round = 0; round < rounds; round++) {
    const place = round * contender.count + contender.index;
    while ((await contender.channel.request("is it my turn", place)) !== true) await rest();
    const guard = blocksOn(way, place) ? acquireSync(lock) : await acquire(contender, place);
    await contender.channel.request("granted", place);
    await guard.release();
    await contender.meet("round over");
  }
}

/** Who blocks can tell nothing: the owner sees it in the lock's state. */
function acquireSync(lock: Lock): Guard {
  if (!isBlockingLock(lock)) throw new TypeError("This lock cannot block.");
  return lock.acquireSync();
}

async function acquire(contender: Contender, place: number): Promise<Guard> {
  const acquired = contender.lock().acquire();
  await contender.channel.request("arrived", place);
  return acquired;
}
