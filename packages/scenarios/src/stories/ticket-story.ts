import { randomUUID } from "node:crypto";
import {
  checkOrder,
  type Order,
  ORDER_TOPIC,
  type SellingMode,
  sellingModes,
  sellQueued,
  type Session,
} from "@ticketlock/core";
import { countOverlaps } from "../overlaps.ts";
import type { Part, Stage } from "../stage.ts";
import type { Story } from "../story.ts";
import type { Findings } from "../verdict.ts";
import {
  type BuyInput,
  type BuyReport,
  ORDERED_TOPIC,
  ORDERING_TOPIC,
} from "../workloads/buy-ticket.ts";

/** The kind of store that shows a race best, where an adapter has it: a file, read and rewritten. */
const SHOW_STORE = "json";

/** The story of one way of selling. */
export function ticketStory(mode: SellingMode): Story {
  return async (stage) => {
    const sale = await sell(stage, mode, true);
    expectSale(stage, mode, sale);
    if (mode !== "join") return findings(stage, mode, sale);
    stage.say("the same purchases once more, with a mutex");
    const beside = await sell(stage, "mutex", false);
    const { remarks = [], details, ...rest } = findings(stage, mode, sale);
    const comparison = `set beside mutex: join took ${Math.round(sale.part.wallMs)} ms, mutex ${Math.round(beside.part.wallMs)} ms for the same outcome`;
    return {
      ...rest,
      remarks: [...remarks, comparison],
      details: {
        ...details,
        beside: { scenario: "mutex", wallMs: beside.part.wallMs, sold: soldOf(beside) },
      },
    };
  };
}

interface Sale {
  readonly part: Part<BuyReport>;
  /** Tickets there were at the start. */
  readonly capacity: number;
  readonly remaining: number;
  readonly lock: string | null;
  readonly store: string;
  readonly queue: OrderBook | undefined;
}

/** `ownStore`: in the store that was asked for, if any; else in a fresh one. */
async function sell(stage: Stage, mode: SellingMode, ownStore: boolean): Promise<Sale> {
  const { options, casting } = stage;
  const traits = sellingModes[mode];
  // Checked even where no lock is taken: a word that nobody knows is a mistake.
  const lock =
    traits.lock === "none" && options.lock === undefined ? undefined : casting.lock(options.lock);
  const store = casting.store(options.store, traits.needs, SHOW_STORE);
  const storeOptions = {
    capacity: options.capacity ?? 1,
    ...(ownStore && options.storePath !== undefined ? { path: options.storePath } : {}),
  };
  const sessionOptions = {
    lock: { kind: lock, count: traits.lock === "none" ? 0 : 1 },
    store: { kind: store, options: storeOptions },
  };
  return stage.withSession(sessionOptions, async (session) => {
    const before = await session.store!.read();
    const queue = mode === "queue" ? new OrderBook(stage, session) : undefined;
    const input: BuyInput = {
      mode,
      thinkMs: stage.thinkMs,
      freeRunning: stage.freeRunning,
      run: randomUUID().slice(0, 8),
    };
    const part = await stage.play<BuyReport>(session, "buy-ticket", input, {
      title: `${mode}: ${traits.summary}`,
      start: traits.start,
      ...queue?.handlers,
    });
    const after = await session.store!.read();
    return {
      part, store, queue,
      capacity: before.remaining,
      remaining: after.remaining,
      lock: traits.lock === "none" ? null : lock!,
    }; // prettier-ignore
  });
}

/** The owner's side of `queue`. */
class OrderBook {
  /** Per buyer: arrival of the message just before its order, and of the one just behind it. */
  readonly #brackets = new Map<number, [number, number]>();
  readonly #answered: number[] = [];
  readonly #stage: Stage;
  readonly #session: Session;
  #arrivals = 0;
  #busy = false;
  #overlapped = false;

  constructor(stage: Stage, session: Session) {
    this.#stage = stage;
    this.#session = session;
  }

  get handlers(): {
    onRequest: (topic: string, body: unknown, index: number) => unknown;
    onSend: (topic: string, body: unknown, index: number) => void;
  } {
    return {
      onRequest: (topic, body, index) =>
        topic === ORDER_TOPIC ? this.#sell(body as Order, index) : undefined,
      onSend: (topic, _, index) => this.#arrived(topic, index),
    };
  }

  get answered(): readonly number[] {
    return this.#answered;
  }

  /** False if an order was answered before one that had certainly arrived earlier, or before the one in hand was done. */
  get inOrder(): boolean {
    const positions = new Map(this.#answered.map((index, position) => [index, position]));
    const buyers = [...this.#brackets];
    return (
      !this.#overlapped &&
      buyers.every(([a, [, behindA]]) =>
        buyers.every(
          ([b, [beforeB]]) => behindA >= beforeB || positions.get(a)! < positions.get(b)!,
        ),
      )
    );
  }

  #arrived(topic: string, index: number): void {
    const arrival = this.#arrivals++;
    if (topic === ORDERING_TOPIC) this.#brackets.set(index, [arrival, Infinity]);
    const bracket = this.#brackets.get(index);
    if (topic === ORDERED_TOPIC && bracket !== undefined) bracket[1] = arrival;
  }

  async #sell(order: Order, index: number): Promise<boolean> {
    if (this.#busy) this.#overlapped = true;
    this.#busy = true;
    const sold = await sellQueued(this.#session.store!, checkOrder(order), {
      think: () => think(this.#stage),
    });
    this.#busy = false;
    this.#answered.push(index);
    this.#stage.say(`answers ${this.#stage.nameOf(index)}: ${sold ? "yes" : "sold out"}`);
    return sold;
  }
}

function think({ thinkMs }: Stage): Promise<void> {
  return thinkMs > 0 ? new Promise((resolve) => setTimeout(resolve, thinkMs)) : Promise.resolve();
}

function soldOf({ part }: Sale): number {
  return part.reports.filter((report) => report.sold).length;
}

function expectSale(stage: Stage, mode: SellingMode, sale: Sale): void {
  const { expectations, contenders, freeRunning } = stage;
  const { part, capacity, remaining, queue } = sale;
  const traits = sellingModes[mode];
  stage.expectAllDone(part.outcomes);
  if (traits.exact) {
    expectations.equal("sold", soldOf(sale), Math.min(contenders, capacity));
    expectations.equal("lostUpdates", soldOf(sale) - (capacity - remaining), 0);
    expectations.equal("overlaps", part.overlaps, 0);
  } else if (!freeRunning) {
    // All have read before anyone writes: everyone is told yes, and all but one update are lost.
    expectations.equal("sold", soldOf(sale), capacity > 0 ? contenders : 0);
    expectations.equal("remaining", remaining, Math.max(0, capacity - 1));
  }
  if (!freeRunning)
    expectations.equal(
      "what the searches saw",
      seenInOrder(sale),
      expectedSeen(mode, capacity, contenders),
    );
  // From what happened, not from a clock that a busy machine can hold up.
  if (!traits.concurrentSearch) expectations.equal("overlaps of searches", searchOverlaps(sale), 0);
  else if (!freeRunning)
    expectations.equal("overlaps of searches", searchOverlaps(sale), contenders - 1);
  if (mode === "optimistic" && !freeRunning && capacity === 1) {
    expectations.equal("retries", retriesOf(sale), contenders - 1);
  }
  if (queue !== undefined) {
    expectations.equal("answers", queue.answered.length, contenders);
    expectations.that(
      queue.inOrder,
      "orders were not answered one after the other in order of arrival",
    );
  }
}

function seenInOrder({ part }: Sale): number[] {
  const reports = [...part.reports].sort((a, b) => (BigInt(a.seenNs) < BigInt(b.seenNs) ? -1 : 1));
  return reports.map((report) => report.seen);
}

/** How many began their search while another was in its own. */
function searchOverlaps({ part }: Sale): number {
  return countOverlaps(part.reports.map((report) => report.search));
}

/** Where the search stands in line, each sees one less; else all see what there was. */
function expectedSeen(mode: SellingMode, capacity: number, contenders: number): number[] {
  const { concurrentSearch } = sellingModes[mode];
  return Array.from({ length: contenders }, (_, place) =>
    concurrentSearch ? capacity : Math.max(0, capacity - place),
  );
}

function retriesOf({ part }: Sale): number {
  return part.reports.reduce((total, report) => total + report.retries, 0);
}

/** Wall time in units of think, where it does not depend on who wins. */
function expectedThinks(mode: SellingMode, buyers: number, sold: number): number | undefined {
  const losers = buyers - sold;
  if (!sellingModes[mode].exact) return 3;
  if (mode === "mutex" || mode === "queue") return 1 + 2 * sold + losers;
  if (mode === "misplaced-mutex" || mode === "join") return 3 * sold + 2 * losers;
  return mode === "atomic" ? 2 : undefined;
}

function findings(stage: Stage, mode: SellingMode, sale: Sale): Findings {
  const { part, capacity, remaining, lock, store, queue } = sale;
  const { wallMs, cpuMs, waiterCpuMs, overlaps } = part;
  const sold = soldOf(sale);
  const expected = expectedThinks(mode, stage.contenders, sold);
  const thinks = stage.thinkMs > 0 ? wallMs / stage.thinkMs : undefined;
  const remarks = [
    `${sold} of ${stage.contenders} buyers were told yes, for ${capacity} ${capacity === 1 ? "ticket" : "tickets"}`,
  ];
  if (thinks !== undefined && expected !== undefined) {
    remarks.push(
      `took ${thinks.toFixed(1)} thinks of ${stage.thinkMs} ms; ${expected} at the least`,
    );
  }
  if (mode === "optimistic")
    remarks.push(`${retriesOf(sale)} writes met another version and were tried again`);
  if (queue !== undefined)
    remarks.push(`orders answered in this order: ${queue.answered.join(" ")}`);
  return {
    lock, store, sold, capacity, remaining, overlaps, wallMs, cpuMs, waiterCpuMs, remarks,
    tornReads: part.reports.reduce((total, report) => total + report.tornReads, 0),
    details: {
      capacity, remaining,
      thinkMs: stage.thinkMs,
      seen: seenInOrder(sale),
      searchOverlaps: searchOverlaps(sale),
      retries: retriesOf(sale),
      ...(queue === undefined ? {} : { answered: queue.answered }),
    },
  }; // prettier-ignore
}
