import { dirname } from "node:path";
import { rmSync } from "node:fs";
import {
  type AtomicTicketStore,
  type Commit,
  type FencingToken,
  type Handle,
  type Inventory,
  type MaybePromise,
  type Order,
  type Sale,
  type StoreGuarantees,
  TicketlockError,
  type WriteResult,
} from "@ticketlock/core";
import { BUSY, BUSY_LIMIT_MS } from "./busy.ts";
import { checkWrite, copyOrder } from "./checked-write.ts";
import { DurableFile } from "./durable-file.ts";
import { checkToken, staleToken } from "./fencing.ts";
import { type Latch, withLatch } from "./file-latch.ts";
import { GroupCommit } from "./group-commit.ts";
import type { FileSystem } from "./file-system.ts";
import {
  corruptDurableFile,
  formatSale,
  formatStore,
  MAX_STORE_BYTES,
  parseStore,
  type StoreState,
} from "./store-text.ts";

/** The kind's name in commands and handles. */
export const JSON_DURABLE_KIND = "json-durable";

export const durableJsonFileGuarantees: StoreGuarantees = {
  scope: "runtimes",
  atomic: true,
  versioned: true,
  fenced: true,
  idempotent: true,
  journal: true,
  durability: "power",
};

/** What a durable store stands on. */
export interface DurableJsonParts {
  readonly path: string;
  readonly fileSystem: FileSystem;
  /** Lets one change at a time through, of all processes. */
  readonly latch: Latch;
  /** This instance takes the temporary directory with it. */
  readonly removes?: boolean;
  readonly busyLimitMs?: number;
}

/** What an instance last saw or wrote. */
interface Generation {
  readonly content: Buffer;
  readonly state: StoreState;
  readonly log: Log;
}

/** Grows at its end as long as nobody else has written: what it held before stays as it was. */
interface Log {
  readonly sales: Sale[];
  readonly byOrder: Map<string, Sale>;
  text: string;
}

/** One order among those that are sold in one change. */
interface Wish {
  readonly order: Order;
  readonly token: FencingToken;
}

/** What a change comes to. An error as the answer is thrown once the rest has been done. */
interface Step<T> {
  readonly answer: T | TicketlockError;
  readonly next?: StoreState;
  readonly sale?: Sale;
  /** The answer rests on what was committed before, perhaps by somebody who died right after. */
  readonly settles?: boolean;
}

/**
 * A ticket store in one JSON file with a checksum, which is replaced as a whole by every change. It
 * holds the counts, the fence and the journal.
 *
 * Every change happens under a latch between processes (`<path>.lock`), so read, check and replacing
 * are one step. A search needs no latch. `write` and `read` with a token answer at once where the
 * latch is free, else with a promise; `sell` shares its change with others of the same turn.
 *
 * **Crash behaviour**: a process killed at any instant, or a power cut, leaves the file as it was
 * before the change or after it; what was answered is there. A file of which one byte is not as it
 * was written is `STORE_CORRUPT` to whoever reads it, and is never reset: the generation before it
 * stands beside it. An instance does not read again what it has read or written, as long as size and
 * first 256 bytes are the same: it works from memory, and its next change writes the file whole again.
 *
 * **Cost**: grows with the journal, which every change writes anew; room for 65 536 sales at most,
 * then `STORE_FULL`.
 */
export class DurableJsonFileStore implements AtomicTicketStore {
  readonly handle: Handle;
  readonly guarantees: StoreGuarantees = durableJsonFileGuarantees;
  readonly #parts: DurableJsonParts;
  readonly #file: DurableFile;
  readonly #busyLimitMs: number;
  #seen: Generation | undefined;
  /** Content that no power cut can undo. */
  #settled: Buffer | undefined;
  readonly #sells: GroupCommit<Wish, Sale | undefined>;
  #closed = false;
  #closing: Promise<void> | undefined;

  /** Looks at the file and changes nothing. @throws {TicketlockError} `STORE_CORRUPT`, `STORE_UNAVAILABLE`. */
  constructor(handle: Handle, parts: DurableJsonParts) {
    this.handle = handle;
    this.#parts = parts;
    this.#busyLimitMs = parts.busyLimitMs ?? BUSY_LIMIT_MS;
    this.#file = new DurableFile(parts.path, parts.fileSystem, MAX_STORE_BYTES);
    const { path, latch } = parts;
    this.#sells = new GroupCommit(path, this.#busyLimitMs, (take) => {
      if (!latch.tryEnter()) return BUSY;
      try {
        return this.#sellAll(take());
      } finally {
        latch.leave();
      }
    });
    this.#look();
  }

  read(token?: FencingToken): MaybePromise<Inventory> {
    this.#checkOpen();
    const fencing = checkToken(token);
    if (fencing === 0) return inventoryOf(this.#look().state);
    return this.#change(({ state }): Step<Inventory> => {
      if (fencing < state.fence) return { answer: staleToken(fencing, state.fence) };
      return { answer: inventoryOf(state), next: raised(state, fencing) };
    });
  }

  /** @throws {RangeError} also if the order takes more tickets than are gone: `remaining` must have gone down by them. */
  write(next: Inventory, commit: Commit = {}): MaybePromise<WriteResult> {
    this.#checkOpen();
    const { capacity, remaining, token, expectedVersion, order, firstSerial } = checkWrite(
      next,
      commit,
    );
    return this.#change(({ state, log }): Step<WriteResult> => {
      if (order !== undefined && log.byOrder.has(order.id))
        return { answer: "duplicate", settles: true };
      if (token !== 0 && token < state.fence) return { answer: staleToken(token, state.fence) };
      const now = raised(state, token);
      if (expectedVersion !== undefined && expectedVersion !== state.version)
        return { answer: "conflict", next: now };
      const sale = order && saleOf(order, firstSerial);
      if (sale !== undefined && log.sales.length >= state.room)
        return { answer: this.#full(state), next: now };
      return {
        answer: "written",
        next: { ...now, capacity, remaining, version: state.version + 1 },
        ...(sale && { sale }),
      };
    });
  }

  /**
   * The same order id gets the same sale, from whichever process and with whichever token. All orders
   * that this process sells within one turn of its event loop share one change of the file; each is
   * answered after it. After `STORE_UNAVAILABLE` the sale may be in the file all the same, where only
   * its directory could not be settled; the same order id, asked for again, tells.
   * @throws {TicketlockError} `STORE_STALE_TOKEN`, `STORE_FULL`, `STORE_UNAVAILABLE`, `STORE_CORRUPT`;
   * `QUEUE_FULL` if 65 536 orders of this process wait already.
   */
  async sell(order: Order, token?: FencingToken): Promise<Sale | undefined> {
    this.#checkOpen();
    return this.#sells.add({ order: copyOrder(order), token: checkToken(token) });
  }

  *sales(): Generator<Sale> {
    this.#checkOpen();
    const { sales } = this.#look().log;
    const count = sales.length; // a sale of later is no part of it
    for (let sale = 0; sale < count; sale++) yield { ...sales[sale]! };
  }

  fence(): FencingToken {
    this.#checkOpen();
    return this.#look().state.fence;
  }

  /** Orders that wait are sold first; a promise only where there are any. */
  close(): MaybePromise<void> {
    if (this.#closed) return this.#closing;
    this.#closed = true;
    if (this.#sells.isEmpty) return this.#release();
    return (this.#closing = this.#sells.end().then(() => this.#release()));
  }

  #release(): void {
    this.#parts.latch.close();
    if (this.#parts.removes) rmSync(dirname(this.#parts.path), { recursive: true, force: true });
  }

  /** The file as it is now. Parsed anew only where it is not the one that was seen last. */
  #look(): Generation {
    const { path } = this.#parts;
    const content = this.#file.readUnless(this.#seen?.content, (bytes) =>
      corruptDurableFile(path, `its ${bytes} bytes are more than a store can have`),
    );
    if (content === undefined) return this.#seen!;
    const { state, sales } = parseStore(path, content);
    const byOrder = new Map(sales.map((sale) => [sale.order, sale]));
    if (byOrder.size !== sales.length)
      throw corruptDurableFile(path, "an order is in its journal twice");
    const log: Log = { sales: [...sales], byOrder, text: sales.map(formatSale).join(",") };
    return (this.#seen = { content, state, log });
  }

  #change<T>(decide: (now: Generation) => Step<T>): MaybePromise<T> {
    const { path, latch } = this.#parts;
    const whileOpen: Latch = {
      tryEnter: () => {
        this.#checkOpen(); // it may have been closed while this was waiting
        return latch.tryEnter();
      },
      leave: () => latch.leave(),
      close: () => latch.close(),
    };
    return withLatch(whileOpen, path, this.#busyLimitMs, () => this.#perform(decide(this.#look())));
  }

  #perform<T>({ answer, next, sale, settles }: Step<T>): T {
    const { state, content } = this.#seen!;
    if (next !== undefined && next !== state) this.#commit(next, sale === undefined ? [] : [sale]);
    else if (settles === true) this.#settle(content);
    if (answer instanceof TicketlockError) throw answer;
    return answer;
  }

  /** Sells one order after the other, and changes the file once; what one of them meets is no other's concern. */
  #sellAll(wishes: readonly Wish[]): (Sale | undefined | TicketlockError)[] {
    const { state: before, content } = this.#look();
    const entered: Sale[] = [];
    let state = before;
    const answers = wishes.map((wish) => {
      const { answer, next, sale } = this.#sellOne(state, entered, wish);
      state = next ?? state;
      if (sale !== undefined) entered.push(sale);
      return answer;
    });
    if (state !== before) this.#commit(state, entered);
    // An answer may rest on what was committed before, perhaps by somebody who died right after.
    if (answers.some((answer) => answer !== undefined))
      this.#settle(this.#seen?.content ?? content);
    return answers;
  }

  #sellOne(
    state: StoreState,
    entered: readonly Sale[],
    { order, token }: Wish,
  ): Step<Sale | undefined> {
    const { byOrder, sales } = this.#seen!.log;
    const before = byOrder.get(order.id) ?? entered.find((sale) => sale.order === order.id);
    if (before !== undefined) return { answer: { ...before } };
    if (token !== 0 && token < state.fence) return { answer: staleToken(token, state.fence) };
    const now = raised(state, token);
    if (state.remaining < order.quantity) return { answer: undefined, next: now };
    if (sales.length + entered.length >= state.room)
      return { answer: this.#full(state), next: now };
    const sale = saleOf(order, state.capacity - state.remaining);
    const remaining = state.remaining - order.quantity;
    const next = { ...now, remaining, version: state.version + 1 };
    return { answer: { ...sale }, next, sale };
  }

  #commit(state: StoreState, sales: readonly Sale[]): void {
    const { log, state: before } = this.#seen!;
    const added = sales.map(formatSale).join(",");
    const text = log.text === "" || added === "" ? log.text + added : `${log.text},${added}`;
    const content = formatStore(state, text);
    this.#seen = undefined; // if this fails, only the file can tell what is
    this.#file.replace(content);
    // A fence need not survive a power cut, since none of the holders that it shuts out does.
    if (state.version !== before.version) this.#settle(content);
    for (const sale of sales) {
      log.sales.push(sale);
      log.byOrder.set(sale.order, sale);
    }
    log.text = text;
    this.#seen = { content, state, log };
  }

  #settle(content: Buffer): void {
    if (this.#settled === content) return;
    this.#file.settle();
    this.#settled = content;
  }

  #full({ room }: StoreState): TicketlockError {
    return new TicketlockError(
      "STORE_FULL",
      `Cannot sell: the journal has room for ${room} sales and is full. Use a store of kind sqlite, or create one with a larger maxSales.`,
    );
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new TicketlockError(
        "STORE_CLOSED",
        `Cannot use the store ${this.#parts.path}: it was closed here. Open its handle again.`,
      );
  }
}

function inventoryOf({ capacity, remaining, version }: StoreState): Inventory {
  return { capacity, remaining, version };
}

/** The same state where the fence is high enough already. */
function raised(state: StoreState, token: FencingToken): StoreState {
  return token > state.fence ? { ...state, fence: token } : state;
}

function saleOf({ id, buyer, quantity }: Order, firstSerial: number): Sale {
  return { order: id, buyer, firstSerial, quantity };
}
