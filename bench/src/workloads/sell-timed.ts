import { type Contender, isAtomicTicketStore } from "@ticketlock/core";
import { encodeHistogram, newHistogram, recordNs } from "../statistics/percentiles.ts";

/** What optimism has cost a store that can tell: how often a commit was tried again. */
export interface Retries {
  readonly commits: number;
  /** Of all commits together. */
  readonly retries: number;
  /** Of a single commit. */
  readonly most: number;
}

/** What came of a contender's orders, and how long each took. */
export interface SoldTimed {
  readonly sold: number;
  /** Nanoseconds of each order, from asking to answer, encoded. */
  readonly histogram: string;
  /** Null where the store does not count. */
  readonly retries: Retries | null;
}

/** Places orders in the session's store one after the other, and times each. */
export default async function sellTimed(
  contender: Contender,
  { orders }: { readonly orders: number },
): Promise<SoldTimed> {
  const { store, index } = contender;
  if (!isAtomicTicketStore(store)) throw new Error("Cannot sell in one step from this store.");
  const histogram = newHistogram();
  let sold = 0;
  for (let i = 0; i < orders; i++) {
    const before = contender.nowNs();
    const sale = await store.sell({ id: `${index}-${i}`, buyer: `b${index}`, quantity: 1 });
    recordNs(histogram, Number(contender.nowNs() - before));
    if (sale !== undefined) sold++;
  }
  const { retries = null } = store as { readonly retries?: Retries };
  return { sold, histogram: encodeHistogram(histogram), retries };
}
