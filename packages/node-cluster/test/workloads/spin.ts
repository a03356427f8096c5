import type { Contender } from "@ticketlock/core";

/** Says so, and never lets its thread turn again. */
export default async function spin({ channel }: Contender): Promise<never> {
  await channel.request("spins", null);
  for (;;);
}
