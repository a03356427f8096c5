import {
  buy,
  type BuyHooks,
  type Contender,
  type SellingMode,
  sellingModes,
} from "@ticketlock/core";

export interface SellInModeInput {
  readonly mode: SellingMode;
  /** Orders of each contender. */
  readonly orders: number;
  /** Everyone searches before anyone buys; and where no lock stands between, everyone reads before anyone writes. */
  readonly meets: boolean;
}

/** Buys in one of the selling modes; how many times it was told yes. */
export default async function sellInMode(
  contender: Contender,
  { mode, orders, meets }: SellInModeInput,
): Promise<number> {
  let sold = 0;
  for (let i = 0; i < orders; i++) {
    const order = { id: `${contender.index}-${i}`, buyer: `buyer ${contender.index}`, quantity: 1 };
    const hooks = meets ? meetings(contender, mode) : {};
    const purchase = await buy(mode, contender, order, { ...hooks, think: turn });
    if (purchase.sold) sold++;
  }
  return sold;
}

/** Meetings where nobody stands in line: a lock's holder that waited for the others would wait for ever. */
function meetings(contender: Contender, mode: SellingMode): BuyHooks {
  const { concurrentSearch, lock, start } = sellingModes[mode];
  if (start === "one-by-one" || !concurrentSearch) return {};
  const searched = (): Promise<void> => contender.meet("searched");
  if (lock === "shared" || mode === "queue") return { searched };
  return { searched, beforeWrite: () => contender.meet("before the write") };
}

/** Lets the others go first, between every two steps of a purchase. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
