import { type Contender, isBlockingLock } from "@ticketlock/core";

/** Topic on which the holder says that it holds. */
export const HELD_TOPIC = "bench:held";

/** What a waiter tells of its grant. Times are decimal nanoseconds on the session's clock. */
export interface Granted {
  readonly token: number;
  readonly abandoned: boolean;
  readonly grantedNs: string;
  /** Just before it gave the lock back. */
  readonly releasingNs: string;
}

/**
 * Contender 0 takes the lock and never gives it back; the others wait for it, one blocking its
 * thread, the next awaiting, and report how they were granted.
 */
export default async function holdOrWait(contender: Contender): Promise<Granted> {
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
  const { token, abandoned } = guard;
  await guard.markConsistent();
  const releasingNs = contender.nowNs();
  await guard.release();
  return { token, abandoned, grantedNs: String(grantedNs), releasingNs: String(releasingNs) };
}
