import {
  type AtomicTicketStore,
  checkCapacity,
  checkInteger,
  checkOrder,
  type Commit,
  type FencingToken,
  type Handle,
  type Inventory,
  MAX_CONTENDERS,
  type Order,
  type Sale,
  type StoreGuarantees,
  type StoreOptions,
  TicketlockError,
  type WriteResult,
} from "@ticketlock/core";
import { InventoryState, type State } from "./inventory-state.ts";
import { MemoryLatch } from "./memory-latch.ts";
import type { Recoverable } from "./memory-lock.ts";
import { type EncodedOrder, SalesJournal } from "./sales-journal.ts";
import { createRegion, LINE, openRegion, regionHandle } from "./shared-region.ts";
import type { ThreadPlatform } from "./thread-platform.ts";

/** Words of the region: header, state, latch, journal. */
const SALES_ROOM_AT = 3;
const STATE_AT = LINE;
const LATCH_AT = STATE_AT + InventoryState.words;
const JOURNAL_AT = LATCH_AT + MemoryLatch.words(MAX_CONTENDERS);

/** Most sales that a journal has room for: 600 MB of address space, used as it fills. */
export const MAX_SALES: number = 2 ** 22;

export const sharedStoreGuarantees: StoreGuarantees = {
  scope: "threads",
  atomic: true,
  versioned: true,
  fenced: true,
  idempotent: true,
  journal: true,
  durability: "none",
};

/**
 * A ticket store in memory that threads share.
 *
 * **Crash behaviour**: every change is one step; a thread that ends at any instant leaves the state
 * before or after it. Searches (`read` without a token) take no lock and disturb nobody.
 *
 * **Memory**: fixed when it is created; a sale more than `maxSales` is refused with `STORE_FULL`.
 */
export class SharedTicketStore implements AtomicTicketStore, Recoverable {
  readonly handle: Handle;
  readonly guarantees: StoreGuarantees = sharedStoreGuarantees;
  readonly #state: InventoryState;
  readonly #latch: MemoryLatch;
  readonly #journal: SalesJournal;
  readonly #room: number;
  readonly #platform: ThreadPlatform;
  #closed = false;

  /** Makes the memory of a new store, all tickets unsold. @throws {RangeError} */
  static create(module: string, options: StoreOptions): Handle {
    const capacity = checkCapacity(options.capacity);
    const room = checkInteger(
      "maxSales",
      options.maxSales ?? Math.min(capacity, MAX_SALES),
      0,
      MAX_SALES,
    );
    const words = createRegion("shared", JOURNAL_AT + SalesJournal.words(room));
    words[SALES_ROOM_AT] = room;
    new InventoryState(words, STATE_AT).commit({
      capacity,
      remaining: capacity,
      version: 0,
      sales: 0,
      fence: 0,
    });
    return regionHandle(module, "shared", words);
  }

  /** Opens the store behind a handle. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
  constructor(handle: Handle, platform: ThreadPlatform) {
    const words = openRegion(handle, handle.module, "shared");
    this.handle = handle;
    this.#room = words[SALES_ROOM_AT]!;
    this.#state = new InventoryState(words, STATE_AT);
    this.#latch = new MemoryLatch(words, LATCH_AT, MAX_CONTENDERS, platform);
    this.#journal = new SalesJournal(words, JOURNAL_AT, this.#room);
    this.#platform = platform;
  }

  read(token?: FencingToken): Inventory {
    this.#checkOpen();
    const { capacity, remaining, version } =
      token === undefined ? this.#state.read() : this.#raiseFence(token);
    return { capacity, remaining, version };
  }

  write(next: Inventory, commit: Commit = {}): WriteResult {
    this.#checkOpen();
    checkCapacity(next.capacity);
    checkInteger("remaining", next.remaining, 0, next.capacity);
    const encoded =
      commit.order === undefined ? undefined : this.#journal.encode(checkOrder(commit.order));
    this.#latch.enter();
    const state = this.#state.read();
    const result = this.#decide(state, next, commit, encoded);
    this.#latch.leave();
    if (result === "stale") throw stale(commit.token!, state.fence);
    if (result === "full") throw this.#full();
    return result;
  }

  #decide(
    state: State,
    next: Inventory,
    { token, expectedVersion }: Commit,
    encoded: EncodedOrder | undefined,
  ): WriteResult | "stale" | "full" {
    if (token !== undefined && token < state.fence) return "stale";
    if (expectedVersion !== undefined && expectedVersion !== state.version) return "conflict";
    let { sales } = state;
    if (encoded !== undefined) {
      const { slot, sale } = this.#journal.find(encoded, sales);
      if (sale >= 0) return "duplicate";
      if (sales === this.#room) return "full";
      this.#journal.write(
        sales,
        slot,
        encoded,
        next.capacity - next.remaining - encoded.order.quantity,
      );
      sales++;
    }
    const fence = Math.max(state.fence, token ?? 0);
    this.#state.commit({
      capacity: next.capacity,
      remaining: next.remaining,
      version: state.version + 1,
      sales,
      fence,
    });
    return "written";
  }

  /** **Fairness**: barging, as FutexMutex. The same order id gets the same sale, from whichever thread. */
  sell(order: Order, token?: FencingToken): Sale | undefined {
    this.#checkOpen();
    const encoded = this.#journal.encode(checkOrder(order));
    this.#latch.enter();
    const state = this.#state.read();
    const result = this.#sell(state, encoded, token);
    this.#latch.leave();
    if (result === "stale") throw stale(token!, state.fence);
    if (result === "full") throw this.#full();
    return result;
  }

  #sell(
    state: State,
    encoded: EncodedOrder,
    token: FencingToken | undefined,
  ): Sale | "stale" | "full" | undefined {
    const { capacity, remaining, version, sales, fence } = state;
    if (token !== undefined && token < fence) return "stale";
    const { order } = encoded;
    const { slot, sale } = this.#journal.find(encoded, sales);
    if (sale >= 0) return this.#journal.read(sale);
    if (remaining < order.quantity) return undefined;
    if (sales === this.#room) return "full";
    const firstSerial = capacity - remaining;
    this.#journal.write(sales, slot, encoded, firstSerial);
    this.#state.commit({
      capacity,
      remaining: remaining - order.quantity,
      version: version + 1,
      sales: sales + 1,
      fence: Math.max(fence, token ?? 0),
    });
    return { order: order.id, buyer: order.buyer, firstSerial, quantity: order.quantity };
  }

  #raiseFence(token: FencingToken): State {
    this.#latch.enter();
    const state = this.#state.read();
    if (token > state.fence) this.#state.commit({ ...state, fence: token });
    this.#latch.leave();
    if (token < state.fence) throw stale(token, state.fence);
    return state;
  }

  *sales(): Generator<Sale> {
    this.#checkOpen();
    const { sales } = this.#state.read();
    for (let sale = 0; sale < sales; sale++) yield this.#journal.read(sale);
  }

  fence(): FencingToken {
    this.#checkOpen();
    return this.#state.read().fence;
  }

  recover(threadId: number): void {
    this.#latch.recover(threadId);
  }

  /** Lets others go on at once when the thread behind `worker`, the runtime's worker object, ends in the middle of a sale. */
  watch(worker: unknown): void {
    this.#platform.onEnd(worker, (threadId) => this.recover(threadId));
  }

  close(): void {
    this.#closed = true;
    this.#latch.close();
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new TicketlockError(
        "STORE_CLOSED",
        "Cannot use the store: it was closed in this thread. Open its handle again.",
      );
  }

  #full(): TicketlockError {
    return new TicketlockError(
      "STORE_FULL",
      `Cannot sell: the journal has room for ${this.#room} sales and is full. Create the store with a larger maxSales.`,
    );
  }
}

function stale(token: FencingToken, fence: FencingToken): TicketlockError {
  return new TicketlockError(
    "STORE_STALE_TOKEN",
    `Cannot use token ${token}: the store has seen ${fence}, so this hold of the lock is over. Acquire the lock again and start from a new read.`,
  );
}
