import { type Contender, isBlockingLock } from "@ticketlock/core";

/** Topic on which the holder says that it holds. */
export const HELD_TOPIC = "bench:held";

/**
 * Contender 0 takes the lock and never gives it back; the others wait for it, one blocking its
 * thread, the next awaiting, and report when they were granted, on the session's clock.
 */
export default async function holdOrWait(contender: Contender): Promise<string> {
  const lock = contender.lock();
  if (contender.index === 0) {
    await lock.acquire();
    contender.channel.send(HELD_TOPIC, null);
    await new Promise(() => setInterval(() => {}, 60_000)); // held until it is ended from outside
  }
  while (!(await lock.query()).held) await new Promise((resolve) => setTimeout(resolve, 0));
  const blocks = isBlockingLock(lock) && contender.index % 2 === 1;
  const guard = blocks ? lock.acquireSync() : await lock.acquire();
  const grantedNs = contender.nowNs();
  await guard.markConsistent();
  await guard.release();
  return String(grantedNs);
}
