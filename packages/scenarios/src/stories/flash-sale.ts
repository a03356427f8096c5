import { randomUUID } from "node:crypto";
import {
  checkOrder,
  isJournaledStore,
  type Order,
  ORDER_TOPIC,
  sellingModes,
  sellQueued,
  type TicketStore,
} from "@ticketlock/core";
import { FLASH_MODE, storeNeeds } from "../scenario-needs.ts";
import type { Stage } from "../stage.ts";
import type { Findings } from "../verdict.ts";
import type { TakeOrdersInput, TakeOrdersReport } from "../workloads/take-orders.ts";

const CAPACITY = 1_000;
const ORDERS_PER_TICKET = 10;

/** Ten times as many orders as tickets, from all contenders at once. */
export async function flashSale(stage: Stage): Promise<Findings> {
  const { options, casting, expectations } = stage;
  const mode = options.mode ?? FLASH_MODE;
  const capacity = options.capacity ?? CAPACITY;
  const traits = sellingModes[mode];
  const lock =
    traits.lock === "none" && options.lock === undefined ? undefined : casting.lock(options.lock);
  const store = casting.store(options.store, storeNeeds("flash-sale", mode)!);
  const orders = capacity * ORDERS_PER_TICKET;
  const path = options.storePath === undefined ? {} : { path: options.storePath };
  const sessionOptions = {
    lock: { kind: lock, count: traits.lock === "shared" ? 1 : 0 },
    store: { kind: store, options: { capacity, maxSales: orders, ...path } },
  };
  return stage.withSession(sessionOptions, async (session) => {
    const input: TakeOrdersInput = {
      mode,
      orders,
      thinkMs: stage.thinkMs,
      run: randomUUID().slice(0, 8),
    };
    const before = await session.store!.read();
    const part = await stage.play<TakeOrdersReport>(session, "take-orders", input, {
      title: `flash-sale: ${orders} orders for ${capacity} tickets; ${mode}: ${traits.summary}`,
      start: traits.start,
      onRequest: (topic, body) =>
        topic === ORDER_TOPIC ? sellQueued(session.store!, checkOrder(body as Order)) : undefined,
    });
    const { remaining } = await session.store!.read();
    const serials = await soldSerials(session.store!);
    const sold = total(part.reports, "sold");
    const soldOut = total(part.reports, "orders") - sold;
    stage.expectAllDone(part.outcomes);
    expectations.equal(
      "failures",
      part.reports.flatMap((report) => report.failure ?? []),
      [],
    );
    expectations.equal("sold", sold, before.remaining);
    expectations.equal("told sold out", soldOut, orders - before.remaining);
    expectations.equal("remaining", remaining, 0);
    expectations.equal("overlaps", part.overlaps, 0);
    expectSerials(stage, serials, before.capacity);
    const ordersPerSecond = part.wallMs > 0 ? Math.round(orders / (part.wallMs / 1_000)) : 0;
    const { wallMs, cpuMs, waiterCpuMs, overlaps } = part;
    return {
      lock: traits.lock === "none" ? null : lock!,
      capacity: before.remaining,
      store, sold, remaining, overlaps, wallMs, cpuMs, waiterCpuMs,
      tornReads: total(part.reports, "tornReads"),
      remarks: [`${sold} sold, ${soldOut} told sold out, ${serials.length} serials in the journal`, `${ordersPerSecond} orders per second`],
      details: { mode, orders, capacity, remaining, soldOut, serials: serials.length, ordersPerSecond, retries: total(part.reports, "retries") },
    }; // prettier-ignore
  });
}

async function soldSerials(store: TicketStore): Promise<number[]> {
  const serials: number[] = [];
  if (!isJournaledStore(store)) return serials;
  for await (const { firstSerial, quantity } of store.sales()) {
    for (let i = 0; i < quantity; i++) serials.push(firstSerial + i);
  }
  return serials;
}

/** Each serial from 0 once. */
function expectSerials(stage: Stage, serials: readonly number[], capacity: number): void {
  const missing = Array.from({ length: capacity }, (_, serial) => serial).filter(
    notIn(new Set(serials)),
  );
  stage.expectations.equal("serials in the journal", serials.length, capacity);
  stage.expectations.equal("serials sold to nobody", missing.slice(0, 5), []);
}

function notIn(set: ReadonlySet<number>): (serial: number) => boolean {
  return (serial) => !set.has(serial);
}

function total(
  reports: readonly TakeOrdersReport[],
  field: "orders" | "sold" | "retries" | "tornReads",
): number {
  return reports.reduce((sum, report) => sum + report[field], 0);
}
