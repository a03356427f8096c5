import type { Contender } from "@ticketlock/core";
import { rest } from "../kit/limit.ts";
import { take, type Way } from "../kit/taking.ts";

export interface QueueUpInput {
  readonly rounds: number;
  readonly way: Way;
}

/** Queues up when the owner says that it is its turn, and tells the owner when it is granted. */
export default async function queueUp(
  contender: Contender,
  { rounds, way }: QueueUpInput,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const place = round * contender.count + contender.index;
    while ((await contender.channel.request("is it my turn", place)) !== true) await rest();
    const guard = await take(contender.lock(), way, place);
    await contender.channel.request("granted", place);
    await guard.release();
    await contender.meet("round over");
  }
}
