import { type Contender, isAtomicTicketStore, type Sale } from "@ticketlock/core";
import { pauseBetweenAtomicSteps } from "../kit/pauses.ts";

export interface SellInput {
  /** Orders of each contender. */
  readonly orders: number;
  readonly quantity: number;
  /** Prefix of the order ids, so that runs do not share them. */
  readonly run: string;
  /** Pauses at random between the store's atomic steps. */
  readonly pauses: boolean;
}

/** Sells order after order and tells the owner of each sale once it is made. */
export default async function sell(
  contender: Contender,
  { orders, quantity, run, pauses }: SellInput,
): Promise<Sale[]> {
  const { store } = contender;
  if (!isAtomicTicketStore(store)) throw new TypeError("This store does not sell in one step.");
  const sales: Sale[] = [];
  await contender.meet("start");
  const end = pauses ? pauseBetweenAtomicSteps(contender.seed) : (): void => {};
  for (let i = 0; i < orders; i++) {
    const order = {
      id: `${run}-${contender.index}-${i}`,
      buyer: `buyer ${contender.index}`,
      quantity,
    };
    const sale = await store.sell(order);
    if (sale === undefined) break;
    sales.push(sale);
    contender.channel.send("sold", sale);
    // Once in a while the loop must turn, or the owner hears nothing before the end.
    if (i % 16 === 15) await contender.channel.request("how are things", i);
  }
  end();
  return sales;
}
