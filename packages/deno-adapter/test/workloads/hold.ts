import type { Contender } from "@ticketlock/core";

/** Takes the lock and stays inside, with a thread that can end. */
export default async function hold(contender: Contender): Promise<void> {
  await contender.lock().acquire();
  contender.channel.send("held", null);
  await new Promise<never>(() => undefined);
}
