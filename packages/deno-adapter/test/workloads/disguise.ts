import type { Contender } from "@ticketlock/core";
import { HELLO } from "../../src/threads/messages.ts";
import hold from "./hold.ts";

/** Tells its launcher that it is another thread, one that has nothing to do with the lock, and then holds the lock. */
export default async function disguise(contender: Contender): Promise<void> {
  const post = Reflect.get(globalThis, "postMessage") as (message: unknown) => void;
  for (const threadNumber of [12_345, 0, -1, "7", undefined])
    post({ type: HELLO, threadNumber, osThreadId: 0, osThreadStart: 0 });
  await hold(contender);
}
