import { type Contender, type FencingToken, isBlockingLock, type Order } from "@ticketlock/core";

export interface SellOutInput {
  /** Before the order ids. */
  readonly prefix: string;
}

/** The loop turns after so many sales. */
const TURN_EACH = 256;

/** Buys ticket after ticket under the lock, as fast as it goes, until all are sold; how many. */
export default async function sellOut(
  contender: Contender,
  { prefix }: SellOutInput,
): Promise<number> {
  const { store, index } = contender;
  const lock = contender.lock();
  const buyer = `buyer ${index}`;
  for (let sold = 0; ; sold++) {
    const order = { id: `${prefix}${index}-${sold}`, buyer, quantity: 1 };
    const guard = isBlockingLock(lock) ? lock.acquireSync() : await lock.acquire();
    const bought = await buy(store, guard.token, order);
    await guard.release();
    if (!bought) return sold;
    if (sold % TURN_EACH === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

async function buy(store: Contender["store"], token: FencingToken, order: Order): Promise<boolean> {
  const read = store.read(token);
  const inventory = read instanceof Promise ? await read : read;
  if (inventory.remaining === 0) return false;
  const next = { ...inventory, remaining: inventory.remaining - 1, version: inventory.version + 1 };
  const written = store.write(next, { token, order });
  const result = written instanceof Promise ? await written : written;
  if (result !== "written") throw new Error(`Cannot sell: the store says ${result} to a holder.`);
  return true;
}
