import type { Adapter, Contender, Handle } from "@ticketlock/core";

/** Locks to open, one after the other. */
export interface AttachInput {
  /** Of the adapter that the contender runs on. */
  readonly adapterUrl: string;
  readonly handles: readonly Handle[];
}

/** Opens locks of one kind in a contender that has opened none yet, and gives the nanoseconds of each. */
export default async function attach(
  contender: Contender,
  { adapterUrl, handles }: AttachInput,
): Promise<number[]> {
  const { adapter } = (await import(adapterUrl)) as { adapter: Adapter };
  const [{ module, kind }] = handles as readonly [Handle];
  const provider = adapter.locks.find((one) => one.module === module && one.kinds.has(kind));
  if (provider === undefined) throw new Error(`Cannot open a lock of kind ${kind} here.`);
  const tookNs: number[] = [];
  for (const handle of handles) {
    const before = contender.nowNs();
    const lock = await provider.open(handle);
    tookNs.push(Number(contender.nowNs() - before));
    await lock.close();
  }
  return tookNs;
}
