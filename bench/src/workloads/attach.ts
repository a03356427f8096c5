import { setImmediate as nextTurn } from "node:timers/promises";
import type { Adapter, Contender, Handle, Lock } from "@ticketlock/core";

/** Locks to open, one after the other. */
export interface AttachInput {
  /** Of the adapter that the contender runs on. */
  readonly adapterUrl: string;
  readonly handles: readonly Handle[];
}

/** What it takes to open a lock, and to wait for it once without blocking, in nanoseconds. */
export interface AttachTimes {
  readonly openNs: number;
  /** How long the call to `acquire` kept the thread, before it gave its promise. */
  readonly callNs: number;
  /** From that call to the grant; the lock was given back as soon as it counted the waiter. */
  readonly grantNs: number;
}

/** Opens locks of one kind in a contender that has opened none yet, and waits for each. */
export default async function attach(
  contender: Contender,
  { adapterUrl, handles }: AttachInput,
): Promise<AttachTimes[]> {
  const { adapter } = (await import(adapterUrl)) as { adapter: Adapter };
  const [{ module, kind }] = handles as readonly [Handle];
  const provider = adapter.locks.find((one) => one.module === module && one.kinds.has(kind));
  if (provider === undefined) throw new Error(`Cannot open a lock of kind ${kind} here.`);
  const times: AttachTimes[] = [];
  for (const handle of handles) {
    const before = contender.nowNs();
    const lock = await provider.open(handle);
    const openNs = Number(contender.nowNs() - before);
    times.push({ openNs, ...(await waitOnce(contender, lock)) });
    await lock.close();
  }
  return times;
}

/** Waits for a lock that this contender holds itself. Helpers are started by the first who waits, not by the opening. */
async function waitOnce(contender: Contender, lock: Lock): Promise<Omit<AttachTimes, "openNs">> {
  const held = await lock.acquire();
  const before = contender.nowNs();
  const granted = lock
    .acquire()
    .then((guard) => ({ guard, grantNs: Number(contender.nowNs() - before) }));
  const callNs = Number(contender.nowNs() - before);
  while ((await lock.query()).waiters === 0) await nextTurn();
  await held.release();
  const { guard, grantNs } = await granted;
  await guard.release();
  return { callNs, grantNs };
}
