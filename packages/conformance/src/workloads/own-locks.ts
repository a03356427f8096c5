import type { Contender } from "@ticketlock/core";

/** Makes a lock of its own at the same moment as all others, and holds it while all others hold theirs. */
export default async function ownLocks(contender: Contender): Promise<number> {
  await contender.meet("make");
  const guard = await (await contender.ownLock()).acquire({ timeoutMs: 5_000 });
  await contender.meet("all hold");
  await guard.release();
  return guard.token;
}
