import { buy, type Contender, isTicketlockError, type SellingMode } from "@ticketlock/core";

/** What a contender of a sell-out is told. */
export interface SellOutInput {
  readonly mode: SellingMode;
  /** Orders that one contender places at most; more than the capacity, so that all are told "sold out". */
  readonly orders: number;
}

/** What it found. */
export interface SellOutOutput {
  readonly sold: number;
  readonly retries: number;
  /** The journal had no room for what was sold: only a sale that lost updates gets there. */
  readonly journalFull: boolean;
}

/** Buys until it is told that nothing is left: what shows whether a ticket was sold twice. */
export default async function sellOut(
  contender: Contender,
  input: SellOutInput,
): Promise<SellOutOutput> {
  let sold = 0;
  let retries = 0;
  const buyer = `b${contender.index}`;
  for (let i = 0; i < input.orders; i++) {
    const order = { id: `o${contender.index}-${i}`, buyer, quantity: 1 };
    try {
      const purchase = await buy(input.mode, contender, order);
      retries += purchase.retries;
      if (!purchase.sold) return { sold, retries, journalFull: false };
      sold++;
    } catch (error) {
      if (isTicketlockError(error, "STORE_FULL")) return { sold, retries, journalFull: true };
      throw error;
    }
  }
  return { sold, retries, journalFull: false };
}
