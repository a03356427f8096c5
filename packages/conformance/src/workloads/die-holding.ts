import type { Contender } from "@ticketlock/core";
import { rest } from "../kit/limit.ts";

/** The first contender takes the lock, waits until somebody waits for it, and dies by its own hand. */
export default async function dieHolding(contender: Contender): Promise<void> {
  if (contender.index > 0) return;
  const lock = contender.lock();
  const guard = await lock.acquire();
  await contender.channel.request("holding", guard.token);
  while ((await lock.query()).waiters === 0) await rest();
  // Thrown from a timer nobody can catch it: every runtime ends a thread or process for it.
  setTimeout(() => {
    throw new Error("this contender dies on purpose");
  }, 0);
  await new Promise<never>(() => undefined);
}
