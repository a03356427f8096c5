import type { Contender } from "@ticketlock/core";

/** What each contender reports of a round: its place in the queue and the token it was granted. */
export interface QueuedUp {
  readonly place: number;
  readonly token: number;
}

/** Asks the owner whether so many have arrived in the round; says that one more has. */
export const ARRIVED_TOPIC = "bench:arrived?";
export const ARRIVE_TOPIC = "bench:arrive";

/**
 * Contenders enter the queue one after the other, each once all before it are in it, and are then let
 * go: their tokens must come in the order of their places. An acquisition stands in the queue when
 * `acquire` has returned its promise; the number of waiters that `query` tells may count it earlier.
 */
export default async function queueUp(
  contender: Contender,
  { rounds }: { rounds: number },
): Promise<QueuedUp[]> {
  const { channel, count, index } = contender;
  const arrived = async (round: number, many: number): Promise<void> => {
    while ((await channel.request(ARRIVED_TOPIC, { round, many })) !== true)
      await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const results: QueuedUp[] = [];
  for (let round = 0; round < rounds; round++) {
    const place = (index + round) % count;
    await arrived(round, place);
    const acquiring = contender.lock().acquire();
    if (place === 0) await acquiring;
    channel.send(ARRIVE_TOPIC, { round });
    const guard = await acquiring;
    results.push({ place, token: guard.token });
    if (place === 0) await arrived(round, count);
    await guard.release();
  }
  return results;
}
