import { type Adapter, isJournaledStore, openSession } from "@ticketlock/core";
import { duration } from "../report/format.ts";
import { valuesOf } from "../run/measured-window.ts";
import { mergeHistograms, percentilesOf } from "../statistics/percentiles.ts";
import { sum } from "../statistics/total.ts";
import type { SoldTimed } from "../workloads/sell-timed.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";
import { journalFaults } from "./sales.ts";

const WORKLOAD = new URL("../workloads/sell-timed.ts", import.meta.url);

/** How much is sold. */
export interface OptimisticSales {
  readonly kind: string;
  readonly contenders: number;
  readonly capacity: number;
  /** Sales that sell out, one after the other. */
  readonly runs: number;
}

/** A store that commits if nobody else has meanwhile, and tries again if somebody has. */
export const kvSales: Figure = {
  name: "kv-sales",
  claim:
    "Deno KV under 8 contenders: each of 3 sales of 1 000 tickets to 2 000 orders is exact; retries and tail reported",
  limit: { kind: "at-most", value: 0 },
  needs: { store: "kv", runtimes: ["deno"] },
  onlyWhenNamed: false,
  measure: ({ adapter, signal }: FigureContext) =>
    measureOptimisticSales(
      adapter!,
      { kind: "kv", contenders: 8, capacity: 1_000, runs: 3 },
      signal,
    ),
};

/** Sells out, compares buyers, journal and store, and tells what a single order took. */
export async function measureOptimisticSales(
  adapter: Adapter,
  { kind, contenders, capacity, runs }: OptimisticSales,
  signal: AbortSignal,
): Promise<Measurement> {
  const sold: SoldTimed[] = [];
  const faults: string[] = [];
  let wrong = 0;
  let sellingMs = 0;
  for (let run = 0; run < runs; run++) {
    signal.throwIfAborted();
    const session = await openSession({
      adapters: [adapter],
      contenders,
      lock: { count: 0 },
      store: { kind, options: { capacity } },
    });
    try {
      const before = performance.now();
      const outcomes = await session.run<{ orders: number }, SoldTimed>(
        WORKLOAD,
        { orders: (2 * capacity) / contenders },
        { signal },
      );
      sellingMs += performance.now() - before;
      const values = valuesOf(outcomes);
      sold.push(...values);
      const told = sum(values.map((value) => value.sold));
      wrong += Math.abs(told - capacity);
      const store = session.store!;
      if (!isJournaledStore(store))
        throw new Error(`Cannot check a sale: ${kind} keeps no journal.`);
      const journal = await Array.fromAsync(store.sales());
      faults.push(...journalFaults(journal, capacity).map((text) => `sale ${run}: ${text}`));
    } finally {
      await session.close();
    }
  }
  const orderNs = percentilesOf(mergeHistograms(sold.map(({ histogram }) => histogram)));
  const counted = sold.flatMap(({ retries }) => retries ?? []);
  const commits = sum(counted.map((one) => one.commits));
  const retries = sum(counted.map((one) => one.retries));
  const tail = [orderNs.p50, orderNs.p99, orderNs.max].map(duration);
  return {
    value: wrong,
    unit: "tickets too many or too few",
    control: null,
    ratio: null,
    range: null,
    compared: wrong,
    detail: `${orderNs.samples} orders at ${((runs * capacity) / (sellingMs / 1_000)).toFixed(0)} tickets/s; an order took ${tail[0]} (p50), ${tail[1]} (p99), ${tail[2]} (most); ${commits} commits with ${retries} retries, ${Math.max(0, ...counted.map((one) => one.most))} at most for one`,
    faults: [
      ...faults.slice(0, 3),
      ...(retries > 0 ? [] : ["no commit was tried again: the contenders did not meet"]),
    ],
  };
}
