import type { Contender } from "@ticketlock/core";

/** Takes each of many fresh locks once, at the same moment as all others. */
export default async function firstUse(contender: Contender, locks: number): Promise<number> {
  for (let i = 0; i < locks; i++) {
    await contender.meet(`lock ${i}`);
    const guard = await contender.lock(i).acquire();
    await contender.channel.request("enter", guard.token);
    await contender.channel.request("leave", guard.token);
    await guard.release();
  }
  return locks;
}
