import process from "node:process";
import type { Contender } from "@ticketlock/core";
import { take, type Way } from "../kit/taking.ts";

/** How the first contender ends inside its critical section. */
export type Ending = "process.exit" | "uncaught throw" | "unhandled rejection";

export interface EndInsideInput {
  readonly ending: Ending;
  readonly way: Way;
}

/** The first contender takes the lock and ends inside, as the owner says when; the others stand by. */
export default async function endInside(
  contender: Contender,
  { ending, way }: EndInsideInput,
): Promise<void> {
  if (contender.index > 0) return;
  const guard = await take(contender.lock(), way, 0);
  await contender.channel.request("inside", guard.token);
  if (ending === "process.exit") process.exit(0);
  const error = new Error("this contender ends on purpose");
  if (ending === "unhandled rejection") void Promise.reject(error);
  else
    setTimeout(() => {
      throw error;
    }, 0);
  await new Promise<never>(() => undefined);
}
