import { openSession } from "@ticketlock/core";
import { describe } from "../contender/selling.ts";
import { moduleBeside } from "../module-beside.ts";
import type { SellOutInput } from "../workloads/sell-out.ts";
import { journalFaults, salesOf } from "./closing-books.ts";
import { RoundContext, type RoundOptions } from "./round-context.ts";
import type { RoundReport } from "./round-report.ts";

/** Tickets where lock and store are in memory, where the lock takes messages or files, and where the store does: seconds of sales. */
const FAST_TICKETS = 200_000;
const SLOW_LOCK_TICKETS = 10_000;
const SLOW_STORE_TICKETS = 1_000;

/** So large a part of a round's limit they are sold for, though all are not sold then. */
const SELLING_SHARE = 0.3;

/** Locks whose waiters can block are those that take no message. */
function blocks({ adapters, plan }: RoundOptions): boolean {
  return adapters.some(({ locks }) =>
    locks.some(({ kinds }) => kinds.get(plan.lock!)?.blocking === true),
  );
}

/** A round in which contenders sell out a store as fast as they can, or sell for a while; then the books must be in order. */
export async function playSales(options: RoundOptions): Promise<RoundReport> {
  const { adapters, plan, signal } = options;
  const context = new RoundContext(options);
  const kind = plan.store!;
  const provider = adapters.flatMap(({ stores }) => stores).find(({ kinds }) => kinds.has(kind))!;
  const isSlow = provider.kinds.get(kind)!.durability === "power";
  const capacity = isSlow ? SLOW_STORE_TICKETS : blocks(options) ? FAST_TICKETS : SLOW_LOCK_TICKETS;
  const session = await openSession({
    adapters,
    contenders: plan.contenders,
    seed: plan.sessionSeed,
    lock: { kind: plan.lock! },
    store: { kind, options: { capacity, maxSales: capacity } },
  });
  const close = (): void => void session.close().catch(() => undefined);
  signal.addEventListener("abort", close, { once: true });
  try {
    const input: SellOutInput = {
      prefix: `${plan.round}-`,
      forMs: options.limitMs * SELLING_SHARE,
      looksSeldom: context.looksSeldom,
    };
    const running = session.run<SellOutInput, number>(moduleBeside("./workloads/sell-out"), input);
    const outcomes = await context.within("buyers come to their end", running);
    let sold = 0;
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === "done") sold += outcome.value;
      else context.find("P1", `contender ${index} ${outcome.status}: ${describe(outcome.error)}`);
    }
    const store = session.store!;
    const sales = await salesOf(store);
    const { remaining } = await store.read();
    for (const sentence of journalFaults(sales, capacity, remaining)) context.find("P1", sentence);
    if (sold === 0 || sold !== capacity - remaining || sales.length !== sold)
      context.find("P1", `buyers were sold ${sold} of ${capacity} tickets, ${remaining} are left, and ${sales.length} sales are in the journal`); // prettier-ignore
    return context.report({ sold });
  } catch (error) {
    signal.throwIfAborted();
    return context.report({ stall: describe(error) });
  } finally {
    signal.removeEventListener("abort", close);
    await session.close();
  }
}
