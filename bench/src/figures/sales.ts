import { type Adapter, isAtomicTicketStore, openSession, type Session } from "@ticketlock/core";
import { runtimes } from "@ticketlock/harness";
import { valuesOf } from "../run/measured-window.ts";
import { median } from "../statistics/interval.ts";
import { sum } from "../statistics/total.ts";
import type { SellOrdersInput, SellOrdersOutput } from "../workloads/sell-orders.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";
import type { StoreToOpen } from "./opened-store.ts";
import { permittedToOpen } from "./permitted-to-open.ts";

const WORKLOAD = new URL("../workloads/sell-orders.ts", import.meta.url);
const KIND = "shared";
const CONTENDERS = 4;
const MOST_TICKETS = 2 ** 31 - 1;

const ROUNDS = 11;
const WARM_UPS = 2;
const ORDERS_EACH = 50_000;

/** Orders sold a second by four workers together. */
export const sellRate: Figure = {
  name: "sell-rate",
  claim:
    "SharedTicketStore sell from 4 workers: at least 1 million sold orders a second in total, order ids and journal included",
  limit: { kind: "at-least", value: 1_000_000 },
  needs: { store: KIND },
  onlyWhenNamed: false,
  async measure({ adapter }: FigureContext): Promise<Measurement> {
    const all = (ROUNDS + WARM_UPS) * CONTENDERS * ORDERS_EACH;
    const rates: number[] = [];
    await withStores([adapter!], KIND, CONTENDERS, async (session, create) => {
      const { store, sold } = await create(MOST_TICKETS, all);
      for (let round = 0; round < ROUNDS + WARM_UPS; round++) {
        const input = { store, storeId: "only", orders: ORDERS_EACH, prefix: `r${round}` };
        const outputs = valuesOf(
          await session.run<SellOrdersInput, SellOrdersOutput>(WORKLOAD, input),
        );
        const wallNs =
          Math.max(...outputs.map((one) => one.endedAfterNs)) -
          Math.min(...outputs.map((one) => one.startedAfterNs));
        if (round >= WARM_UPS) rates.push(sum(outputs.map((one) => one.sold)) / (wallNs / 1e9));
      }
      const faults = await sold(all);
      if (faults.length > 0) throw new Error(`Cannot trust the rate: ${faults.join("; ")}.`);
    });
    const value = median(rates);
    return {
      value,
      unit: "orders/s",
      control: null,
      ratio: null,
      range: [Math.min(...rates), Math.max(...rates)],
      compared: value,
      detail: `${ROUNDS} rounds of ${CONTENDERS * ORDERS_EACH} orders into one journal of ${all}, all found in it`,
      faults: [],
    };
  },
};

const CAPACITY = 1_000;
const FLASH_ORDERS = 10_000;

/** Sales of 1 000 tickets to 10 000 orders, one after the other. */
export const flashSales: readonly Figure[] = [
  flashSale({
    name: "flash-sale",
    who: "4 workers",
    needs: { store: KIND },
    contenders: CONTENDERS,
    runs: 1_000,
  }),
  flashSale({
    name: "mixed-flash-sale",
    who: "2 processes each of Node, Deno and Bun on one MappedTicketStore",
    needs: { store: "mapped", runtimes },
    contenders: 2 * runtimes.length,
    runs: 200,
  }),
];

interface FlashSale {
  readonly name: string;
  readonly who: string;
  readonly needs: Figure["needs"] & { readonly store: string };
  readonly contenders: number;
  readonly runs: number;
}

function flashSale({ name, who, needs, contenders, runs }: FlashSale): Figure {
  return {
    name,
    claim: `flash-sale (10 000 orders for 1 000 tickets, ${who}) sells exactly its capacity in ${rounded(runs)} runs`,
    limit: { kind: "at-least", value: runs },
    needs,
    onlyWhenNamed: false,
    measure: ({ adapters, signal }: FigureContext) =>
      measureFlashSale(adapters, { kind: needs.store, contenders, runs }, signal),
  };
}

/** Thousands with the space that prose has. */
function rounded(count: number): string {
  return count >= 1_000 ? `${count / 1_000} 000` : String(count);
}

/** Sells out so many stores, and compares each with what buyers were told. */
export async function measureFlashSale(
  adapters: readonly Adapter[],
  { kind, contenders, runs }: { kind: string; contenders: number; runs: number },
  signal: AbortSignal,
): Promise<Measurement> {
  let exact = 0;
  let placed = 0;
  const faults: string[] = [];
  const orders = Math.ceil(FLASH_ORDERS / contenders);
  await withStores(adapters, kind, contenders, async (session, create) => {
    for (let run = 0; run < runs; run++) {
      signal.throwIfAborted();
      // Room for a sale that goes wrong as well: it must be counted, not refused.
      const { store, sold } = await create(CAPACITY, 2 * CAPACITY);
      const input = { store, storeId: String(run), orders, prefix: `f${run}` };
      const outputs = valuesOf(
        await session.run<SellOrdersInput, SellOrdersOutput>(WORKLOAD, input),
      );
      placed += orders * contenders;
      const told = sum(outputs.map((one) => one.sold));
      const wrong = [
        ...(told === CAPACITY ? [] : [`${told} buyers were told yes`]),
        ...(await sold(CAPACITY)),
      ];
      if (wrong.length === 0) exact++;
      else faults.push(`run ${run}: ${wrong.join("; ")}`);
    }
  });
  return {
    value: exact,
    unit: "exact runs",
    control: null,
    ratio: null,
    range: null,
    compared: exact,
    detail: `${runs} runs, ${placed} orders; the rate of a wrong run is below ${3 / runs} (95 %)`,
    faults: faults.slice(0, 3),
  };
}

type CreateStore = (
  capacity: number,
  maxSales: number,
) => Promise<{
  readonly store: StoreToOpen;
  /** Compares the journal with what must have been sold, and closes the store. */
  readonly sold: (expected: number) => Promise<string[]>;
}>;

/** Contenders that stay, for stores that come and go. */
async function withStores(
  adapters: readonly Adapter[],
  kind: string,
  contenders: number,
  use: (session: Session, create: CreateStore) => Promise<void>,
): Promise<void> {
  const provider = adapters[0]!.stores.find((each) => each.kinds.has(kind))!;
  // All stores of a kind lie in one place, so whoever may open this one may open the others.
  const sample = await provider.create(kind, { capacity: 1 });
  const opened = await provider.open(sample);
  const session = await openSession({
    adapters: permittedToOpen(adapters, [sample]),
    contenders,
    lock: { count: 0 },
  });
  try {
    await use(session, async (capacity, maxSales) => {
      const handle = await provider.create(kind, { capacity, maxSales });
      const store = await provider.open(handle);
      return {
        store: { adapterUrls: adapters.map(({ url }) => url), handle },
        sold: async (expected) => {
          const faults = isAtomicTicketStore(store)
            ? journalFaults(
                [...(store.sales() as Iterable<{ firstSerial: number; order: string }>)],
                expected,
              )
            : [];
          const { remaining } = await store.read();
          if (capacity - remaining !== expected)
            faults.push(`${capacity - remaining} gone from the store, expected ${expected}`);
          await store.close();
          return faults;
        },
      };
    });
  } finally {
    await session.close();
    await opened.close();
  }
}

/** Serials must be 0 to n - 1 in order, and no order sold twice. */
export function journalFaults(
  sales: readonly { firstSerial: number; order: string }[],
  expected: number,
): string[] {
  const faults: string[] = [];
  if (sales.length !== expected)
    faults.push(`${sales.length} sales in the journal, expected ${expected}`);
  if (sales.some((sale, i) => sale.firstSerial !== i))
    faults.push("serials are not 0 to n - 1 in order");
  if (new Set(sales.map((sale) => sale.order)).size !== sales.length)
    faults.push("an order stands in the journal twice");
  return faults;
}
