import { type Contender, isAtomicTicketStore, isBlockingLock } from "@ticketlock/core";

/** What a contender has done. */
export interface Done {
  readonly runtime: string;
  readonly clockErrorNs: number;
  /** Ids of the orders that it was told of. */
  readonly orders: readonly string[];
}

/**
 * Takes tickets one by one by reading and writing, which only the lock makes one step; then buys what
 * is left. Tells the owner when it is half-way.
 */
export default async function sellAndCount(contender: Contender, turns: number): Promise<Done> {
  const { store, index, channel, clockErrorNs } = contender;
  const lock = contender.lock();
  if (!isBlockingLock(lock) || !isAtomicTicketStore(store))
    throw new TypeError("These are not of kind mapped.");
  const buyer = String(index);
  const orders: string[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const order = { id: `${index}-${turn}`, buyer, quantity: 1 };
    const guard = turn % 2 === 0 ? lock.acquireSync() : await lock.acquire();
    try {
      const inventory = await store.read(guard.token);
      const next = { ...inventory, remaining: inventory.remaining - 1 };
      const result = await store.write(next, { token: guard.token, order });
      if (result === "written") orders.push(order.id);
    } finally {
      guard.release();
    }
    if (turn === turns >> 1) channel.send("half", index);
  }
  await contender.meet("all turns are taken"); // who buys first would leave nothing to the others
  for (let more = turns; ; more++) {
    const id = `${index}-${more}`;
    if ((await store.sell({ id, buyer, quantity: 1 })) === undefined) break;
    orders.push(id);
  }
  const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";
  return { runtime, clockErrorNs, orders };
}
