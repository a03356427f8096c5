import { type Contender, type FencingToken, isBlockingLock, type Order } from "@ticketlock/core";
import { lookSeldom, ownAdapter } from "../contender/seldom-looks.ts";

export interface SellOutInput {
  /** Before the order ids. */
  readonly prefix: string;
  /** So long at most: how fast a disk is nobody knows before. */
  readonly forMs: number;
  /** Modules of the adapters, where waiters are to look seldom. */
  readonly looksSeldom: readonly string[];
}

/** The loop turns after so many sales. */
const TURN_EACH = 256;

/** Buys ticket after ticket under the lock, as fast as it goes, until all are sold or the time is over; how many. */
export default async function sellOut(
  contender: Contender,
  { prefix, forMs, looksSeldom }: SellOutInput,
): Promise<number> {
  const { store, index } = contender;
  await lookSeldom(ownAdapter(looksSeldom, index));
  const lock = contender.lock();
  const buyer = `buyer ${index}`;
  const endMs = performance.now() + forMs;
  for (let sold = 0; ; sold++) {
    if (performance.now() > endMs) return sold;
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
