import { type Contender, isAtomicTicketStore, type Sale } from "@ticketlock/core";

/** Sells the same orders as every other contender, at the same time. */
export default async function sameOrder(
  contender: Contender,
  orders: number,
): Promise<(Sale | undefined)[]> {
  const { store } = contender;
  if (!isAtomicTicketStore(store)) throw new TypeError("This store does not sell in one step.");
  const sales: (Sale | undefined)[] = [];
  for (let i = 0; i < orders; i++) {
    if (i % 8 === 0) await contender.meet(`order ${i}`);
    sales.push(await store.sell({ id: `same-${i}`, buyer: "everybody", quantity: 1 + (i % 3) }));
  }
  return sales;
}
