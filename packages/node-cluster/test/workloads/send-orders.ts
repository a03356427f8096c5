import { buy, type Contender } from "@ticketlock/core";

/** Sends so many orders to the owner of the store; returns how many were told yes. */
export default async function sendOrders(contender: Contender, orders: number): Promise<number> {
  let sold = 0;
  for (let i = 0; i < orders; i++) {
    const order = {
      id: `order-${contender.index}-${i}`,
      buyer: `b${contender.index}`,
      quantity: 1,
    };
    if ((await buy("queue", contender, order)).sold) sold++;
  }
  return sold;
}
