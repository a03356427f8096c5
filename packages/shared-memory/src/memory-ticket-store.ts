import {
  type AtomicTicketStore,
  checkCapacity,
  checkInteger,
  type Commit,
  type FencingToken,
  type Handle,
  type Inventory,
  type Order,
  type Sale,
  type StoreGuarantees,
  type StoreOptions,
  TicketlockError,
  type WriteResult,
} from "@ticketlock/core";
import { InventoryState, type State } from "./inventory-state.ts";
import { type EncodedOrder, SalesJournal } from "./sales-journal.ts";

/**
 * Lets one thread at a time into a step of a store. When its holder dies the next one goes on: the
 * store is whole at every instant.
 */
export interface StoreLatch {
  enter(): void;
  leave(): void;
  /** The calling thread will not enter again. */
  close(): void;
}

/** What a store in memory stands on. */
export interface StoreMemory {
  readonly handle: Handle;
  /** On whatever buffer all who share the store see. */
  readonly words: Int32Array;
  /** Where the state begins: `InventoryState.words` words. */
  readonly stateAt: number;
  /** Where the journal begins: `SalesJournal.words(room)` words. */
  readonly journalAt: number;
  /** Sales that the journal has room for. */
  readonly room: number;
  readonly latch: StoreLatch;
}

/** What a change makes of the inventory, and where the order's serials begin. */
interface Next {
  readonly capacity: number;
  readonly remaining: number;
  readonly firstSerial: number;
}

/** Refusals, apart from what a change itself may answer. */
const STALE: unique symbol = Symbol("stale");
const FULL: unique symbol = Symbol("full");

/** Most sales that a journal has room for: 600 MB of address space, used as it fills. */
export const MAX_SALES: number = 2 ** 22;

/** Checks a new store's options and fills in its defaults. @throws {RangeError} */
export function checkStoreOptions(options: StoreOptions): { capacity: number; room: number } {
  const capacity = checkCapacity(options.capacity);
  const room = checkInteger(
    "maxSales",
    options.maxSales ?? Math.min(capacity, MAX_SALES),
    0,
    MAX_SALES,
  );
  return { capacity, room };
}

/**
 * What the ticket stores in memory share: every step of reading, writing, selling and fencing, on
 * memory and under a latch that a subclass brings.
 *
 * **Crash behaviour**: every change is one commit; who ends at any instant leaves the state before or
 * after it. Searches (`read` without a token) take no latch and disturb nobody.
 */
export abstract class MemoryTicketStore implements AtomicTicketStore {
  abstract readonly guarantees: StoreGuarantees;
  readonly handle: Handle;
  readonly #state: InventoryState;
  readonly #latch: StoreLatch;
  readonly #journal: SalesJournal;
  readonly #room: number;
  #closed = false;

  protected constructor(memory: StoreMemory) {
    const { words, room } = memory;
    this.handle = memory.handle;
    this.#room = room;
    this.#state = new InventoryState(words, memory.stateAt);
    this.#latch = memory.latch;
    this.#journal = new SalesJournal(words, memory.journalAt, room);
  }

  read(token?: FencingToken): Inventory {
    this.#checkOpen();
    const fencing = checkToken(token);
    const { capacity, remaining, version } =
      fencing === 0 ? this.#state.read() : this.#raiseFence(fencing);
    return { capacity, remaining, version };
  }

  #raiseFence(token: FencingToken): State {
    this.#latch.enter();
    const state = this.#state.read();
    if (token > state.fence) this.#state.commit({ ...state, fence: token });
    this.#latch.leave();
    if (token < state.fence) throw stale(token, state.fence);
    return state;
  }

  /** @throws {RangeError} also if the order takes more tickets than are gone: `remaining` must have gone down by them. */
  write(next: Inventory, commit: Commit = {}): WriteResult {
    this.#checkOpen();
    const capacity = checkCapacity(next.capacity);
    const remaining = checkInteger("remaining", next.remaining, 0, capacity);
    const token = checkToken(commit.token);
    const { expectedVersion, order } = commit;
    const encoded = order === undefined ? undefined : this.#journal.encode(order);
    const firstSerial = capacity - remaining - (encoded?.order.quantity ?? 0);
    if (firstSerial < 0) {
      throw new RangeError(
        `Cannot write the order: it takes ${encoded!.order.quantity} tickets, but only ${capacity - remaining} of ${capacity} are gone.`,
      );
    }
    return this.#change(token, encoded, (state): Next | "conflict" =>
      expectedVersion !== undefined && expectedVersion !== state.version
        ? "conflict"
        : { capacity, remaining, firstSerial },
    );
  }

  /** **Fairness**: barging. The same order id gets the same sale, whoever asks and with whichever token. */
  sell(order: Order, token?: FencingToken): Sale | undefined {
    this.#checkOpen();
    const encoded = this.#journal.encode(order);
    const { id, buyer, quantity } = encoded.order;
    let firstSerial = 0;
    const result = this.#change(checkToken(token), encoded, (state): Next | "sold-out" => {
      if (state.remaining < quantity) return "sold-out";
      firstSerial = state.capacity - state.remaining;
      return { capacity: state.capacity, remaining: state.remaining - quantity, firstSerial };
    });
    if (result === "sold-out") return undefined;
    if (result === "written") return { order: id, buyer, firstSerial, quantity };
    return this.#journal.read(this.#journal.find(encoded, this.#state.read().sales).sale);
  }

  /**
   * One step under the latch. An order that is in the journal already changes nothing, whatever its
   * token; a stale token is refused; otherwise `decide` says what comes next, and the fence rises
   * whatever it says.
   */
  #change<No extends string>(
    token: FencingToken,
    encoded: EncodedOrder | undefined,
    decide: (state: State) => Next | No,
  ): "written" | "duplicate" | No {
    this.#latch.enter();
    const state = this.#state.read();
    const result = this.#step(state, token, encoded, decide);
    this.#latch.leave();
    if (result === STALE) throw stale(token, state.fence);
    if (result === FULL) throw this.#full();
    return result;
  }

  #step<No extends string>(
    state: State,
    token: FencingToken,
    encoded: EncodedOrder | undefined,
    decide: (state: State) => Next | No,
  ): "written" | "duplicate" | No | typeof STALE | typeof FULL {
    const place = encoded === undefined ? undefined : this.#journal.find(encoded, state.sales);
    if (place !== undefined && place.sale >= 0) return "duplicate";
    if (token !== 0 && token < state.fence) return STALE;
    const fence = Math.max(state.fence, token);
    const next = decide(state);
    const isFull = place !== undefined && (state.sales === this.#room || place.slot === 0);
    if (typeof next === "string" || isFull) {
      if (fence > state.fence) this.#state.commit({ ...state, fence });
      return typeof next === "string" ? next : FULL;
    }
    let { sales } = state;
    if (place !== undefined) {
      this.#journal.write(sales, place.slot, encoded!, next.firstSerial);
      sales++;
    }
    const { capacity, remaining } = next;
    this.#state.commit({ capacity, remaining, version: state.version + 1, sales, fence });
    return "written";
  }

  *sales(): Generator<Sale> {
    this.#checkOpen();
    const { sales } = this.#state.read();
    for (let sale = 0; sale < sales; sale++) {
      yield this.#journal.read(sale);
      this.#checkOpen(); // the caller may have closed it in between
    }
  }

  fence(): FencingToken {
    this.#checkOpen();
    return this.#state.read().fence;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#latch.close();
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new TicketlockError(
        "STORE_CLOSED",
        "Cannot use the store: it was closed here. Open its handle again.",
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

/** The token that a call carries; 0 if it carries none. @throws {RangeError} */
function checkToken(token: FencingToken | undefined): FencingToken {
  return token === undefined ? 0 : checkInteger("token", token, 0, Number.MAX_SAFE_INTEGER);
}
