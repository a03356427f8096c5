import type { Contender } from "@ticketlock/core";
import { rest } from "../kit/limit.ts";

/** Takes one ticket a round by comparing versions; how many it took. Somebody else's write is a conflict. */
export default async function optimistic(contender: Contender, rounds: number): Promise<number> {
  const { store } = contender;
  await contender.meet("start");
  for (let round = 0; round < rounds;) {
    const inventory = await store.read();
    await rest(); // so that others come between
    const next = {
      ...inventory,
      remaining: inventory.remaining - 1,
      version: inventory.version + 1,
    };
    const result = await store.write(next, { expectedVersion: inventory.version });
    if (result === "written") round++;
  }
  return rounds;
}
