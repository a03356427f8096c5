import type { Contender } from "@ticketlock/core";

/** Says that it is there, and waits to be ended. */
export default async function wait({ channel }: Contender): Promise<void> {
  await channel.request("there", null);
  await new Promise(() => setInterval(() => {}, 60_000));
}
