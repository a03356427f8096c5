import {
  type Adapter,
  isJournaledStore,
  isSellingMode,
  openSession,
  type JournaledStore,
  type Order,
  ORDER_TOPIC,
  type Outcome,
  type RunOptions,
  type SellingMode,
  sellQueued,
  type Session,
  type TicketStore,
} from "@ticketlock/core";
import { isContaminated } from "../environment/noise.ts";
import { lockKindOf } from "../plan/cell.ts";
import { sum } from "../statistics/total.ts";
import type { SaleInput } from "../workloads/ticket-sale.ts";
import type { SellOutInput, SellOutOutput } from "../workloads/sell-out.ts";
import {
  type BlockInput,
  type BlockResult,
  type CheckRecord,
  type SellOutRecord,
  type WindowRecord,
} from "./block.ts";
import { checkRecord, sampleEveryFor } from "./check-record.ts";
import { ownersLauncher, unitOf } from "./launchers.ts";
import {
  clockErrorNs,
  clockStepNs,
  type MeasuredWindow,
  measureWindow,
  untilWorked,
  valuesOf,
} from "./measured-window.ts";
import {
  type CreatedWords,
  createWords,
  INSIDE,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "./shared-words.ts";
import { warmUp, warmUpAlone, warmUpTogether } from "./warm-up.ts";
import { type WindowInput, windowInput, type WindowOutput } from "./window.ts";
import { runWindows } from "./windows.ts";

const SALE = new URL("../workloads/ticket-sale.ts", import.meta.url);
const SELL_OUT = new URL("../workloads/sell-out.ts", import.meta.url);

/** Throughput windows cannot sell out: nobody sells so many tickets in a block. */
const ENDLESS = 2 ** 31 - 1;
/** Sales that a block's journal has room for. Windows of a fast store are made shorter to fit. */
const JOURNAL_ROOM = 400_000;
/** Share of the journal's room for warm-up. */
const WARM_UP_ROOM = 0.25;
/** A window aims to use this share of its room, since rates vary. */
const FILL = 0.6;
/** Tickets of the sell-out window. */
const SELL_OUT_CAPACITY = 500;

/** Measures a cell that sells tickets, and lets one more sale sell out. */
export async function runSaleBlock(
  adapters: readonly Adapter[],
  input: BlockInput,
  signal: AbortSignal,
): Promise<BlockResult> {
  const { mode } = input.cell;
  if (!isSellingMode(mode)) throw new Error(`Cannot sell in mode ${mode}.`);
  const launcher = ownersLauncher(adapters);
  const unit = unitOf(adapters);
  const { handle, words, rights } = createWords(unit);
  try {
    const session = await openSale(adapters, input, ENDLESS, JOURNAL_ROOM, rights);
    let measured: Omit<BlockResult, "sellOut" | "clockStepNs">;
    try {
      measured = await new SaleBlock(session, input, mode, unit, words, handle, signal).run();
    } finally {
      await session.close();
    }
    const sellOut = await runSellOut(adapters, input, mode, signal);
    return { ...measured, sellOut, clockStepNs: clockStepNs(() => launcher.nowNs()) };
  } finally {
    words.close();
  }
}

function openSale(
  adapters: readonly Adapter[],
  { cell, seed }: BlockInput,
  capacity: number,
  maxSales: number,
  rights: CreatedWords["rights"] = {},
): Promise<Session> {
  return openSession({
    ...rights,
    adapters,
    contenders: cell.contenders,
    lock: { kind: lockKindOf(cell) },
    store: { kind: cell.store, options: { capacity, maxSales } },
    seed,
  });
}

class SaleBlock {
  readonly #session: Session;
  readonly #store: TicketStore;
  readonly #input: BlockInput;
  readonly #mode: SellingMode;
  readonly #unit: "thread" | "process";
  readonly #words: SharedWords;
  readonly #options: RunOptions;
  #runs = 0;

  constructor(
    session: Session,
    input: BlockInput,
    mode: SellingMode,
    unit: "thread" | "process",
    words: SharedWords,
    handle: WordsHandle,
    signal: AbortSignal,
  ) {
    this.#session = session;
    this.#store = session.store!;
    this.#input = input;
    this.#mode = mode;
    this.#unit = unit;
    this.#words = words;
    this.#options = { signal, onRequest: answerer(this.#store, handle) };
  }

  async run(): Promise<Omit<BlockResult, "sellOut" | "clockStepNs">> {
    const { cell, windows, windowMs } = this.#input;
    const competing = cell.contenders > 1;
    const size = competing ? warmUpTogether(windowMs) : warmUpAlone(windowMs);
    const room = isJournaledStore(this.#store) ? JOURNAL_ROOM : Infinity;
    // Contenders that compete warm up in several runs, each with a part of the room.
    const warmUpRoom = (room * WARM_UP_ROOM) / (competing ? size.atMost : 1);
    const { outputs: warmed, ...howWarm } = await warmUp(competing, size, async () =>
      valuesOf(await this.#run(this.#window("warm-up", size.lengthMs, warmUpRoom))),
    );
    const perWindow = (room * (1 - WARM_UP_ROOM)) / (windows + 1);
    const rate = sum(
      warmed.map(
        (output) => output.operations / Math.max(1, output.endedAfterNs - output.beganAfterNs),
      ),
    );
    const lengthMs = Math.min(windowMs, (perWindow * FILL) / rate / 1e6);
    const { records, meanNs } = await runWindows(
      `${cell.mode} x${cell.contenders}`,
      windows,
      async () =>
        (await untilWorked(() => this.#measure(this.#window("throughput", lengthMs, perWindow))))
          .record,
      this.#options.signal!,
    );
    const sampleEvery = sampleEveryFor(records);
    const checked = await untilWorked(() =>
      this.#measure(this.#window("check", lengthMs, perWindow, sampleEvery)),
    );
    return {
      windows: records,
      meanNs,
      ...howWarm,
      clockErrorNs: clockErrorNs(warmed),
      check: this.#checkRecord(checked, sampleEvery),
      load: null,
      contaminated: isContaminated(records.map((record) => record.noise)),
    };
  }

  #checkRecord(
    { outputs, record }: { outputs: readonly WindowOutput[]; record: WindowRecord },
    sampleEvery: number,
  ): CheckRecord {
    return checkRecord(outputs, record.lostUpdates, sampleEvery);
  }

  /** Lost updates of a window: tickets that buyers were told they have, less those that the store gave. */
  async #measure(
    input: SaleInput,
  ): Promise<{ outputs: readonly WindowOutput[]; record: WindowRecord }> {
    this.#words.write(INSIDE, 0);
    const { remaining } = await this.#store.read();
    const { outputs, record }: MeasuredWindow = await measureWindow(this.#unit, () =>
      this.#run(input),
    );
    const given = remaining - (await this.#store.read()).remaining;
    return {
      outputs,
      record: { ...record, lostUpdates: sum(outputs.map((output) => output.sold)) - given },
    };
  }

  #run(input: SaleInput): Promise<readonly Outcome<WindowOutput>[]> {
    return this.#session.run(SALE, input, this.#options);
  }

  #window(phase: WindowInput["phase"], lengthMs: number, room: number, sampleEvery = 1): SaleInput {
    const { section, contenders } = this.#input.cell;
    const part = { section, async: true, sampleEvery };
    return {
      ...windowInput(phase, lengthMs, this.#input.windowMs, part),
      mode: this.#mode,
      orderPrefix: `w${++this.#runs}`,
      quota: Math.min(ENDLESS, Math.floor(room / contenders)),
    };
  }
}

function answerer(
  store: TicketStore,
  handle: WordsHandle | null,
): (topic: string, body: unknown) => unknown {
  return (topic, body) => {
    if (topic === ORDER_TOPIC) return sellQueued(store, body as Order);
    return topic === WORDS_TOPIC ? handle : null;
  };
}

/** Everybody buys until nothing is left; then the counter, the buyers and the journal must agree. */
async function runSellOut(
  adapters: readonly Adapter[],
  input: BlockInput,
  mode: SellingMode,
  signal: AbortSignal,
): Promise<SellOutRecord> {
  const capacity = SELL_OUT_CAPACITY;
  // Room for a sale that goes wrong as well: it must be seen, not refused.
  const session = await openSale(adapters, input, capacity, capacity * (input.cell.contenders + 1));
  try {
    const store = session.store!;
    const outcomes = await session.run<SellOutInput, SellOutOutput>(
      SELL_OUT,
      { mode, orders: capacity + 1 },
      { signal, onRequest: answerer(store, null) },
    );
    const sold = sum(valuesOf(outcomes).map((output) => output.sold));
    const { remaining } = await store.read();
    return {
      capacity,
      sold,
      oversold: Math.max(0, sold - capacity),
      lostUpdates: sold - (capacity - remaining),
      journalFaults: isJournaledStore(store) ? await journalFaults(store, sold) : null,
    };
  } finally {
    await session.close();
  }
}

async function journalFaults(store: JournaledStore, sold: number): Promise<number> {
  const serials = new Set<number>();
  const orders = new Set<string>();
  let faults = 0;
  let entries = 0;
  for await (const sale of store.sales()) {
    entries++;
    if (orders.has(sale.order) || serials.has(sale.firstSerial) || sale.firstSerial >= sold)
      faults++;
    orders.add(sale.order);
    serials.add(sale.firstSerial);
  }
  return faults + Math.abs(sold - entries);
}
