import {
  type AtomicTicketStore,
  type Commit,
  type FencingToken,
  type Handle,
  type Inventory,
  type Order,
  type Sale,
  type StoreGuarantees,
  type StoreProvider,
  TicketlockError,
  type WriteResult,
} from "../src/index.ts";

export const fakeStoreGuarantees: StoreGuarantees = {
  scope: "threads",
  atomic: true,
  versioned: true,
  fenced: true,
  idempotent: true,
  journal: true,
  durability: "none",
};

/** A store among the contenders of one thread. */
export class FakeStore implements AtomicTicketStore {
  readonly handle: Handle = { module: "stores", kind: "fake", version: 1, data: 0 };
  readonly guarantees: StoreGuarantees;
  /** Reads that find the file half written, before the next good one. */
  tornReads = 0;
  /** With what token each read came. */
  readonly readTokens: (FencingToken | undefined)[] = [];
  closed = 0;
  #inventory: Inventory;
  #fence = 0;
  readonly #sales: Sale[] = [];

  constructor(capacity: number, guarantees: Partial<StoreGuarantees> = {}) {
    this.guarantees = { ...fakeStoreGuarantees, ...guarantees };
    this.#inventory = { capacity, remaining: capacity, version: 0 };
  }

  read(token?: FencingToken): Inventory {
    this.readTokens.push(token);
    if (this.tornReads-- > 0) throw new TicketlockError("STORE_CORRUPT", "half written");
    this.#raise(token);
    return this.#inventory;
  }

  write(next: Inventory, { token, expectedVersion, order }: Commit = {}): WriteResult {
    this.#raise(token);
    if (expectedVersion !== undefined && expectedVersion !== this.#inventory.version)
      return "conflict";
    if (order !== undefined && this.#sales.some((sale) => sale.order === order.id))
      return "duplicate";
    const version = this.#inventory.version + 1;
    if (order !== undefined) this.#enter(order, next.capacity - next.remaining - order.quantity);
    this.#inventory = { ...next, version };
    return "written";
  }

  sell(order: Order): Sale | undefined {
    const { capacity, remaining } = this.#inventory;
    const before = this.#sales.find((sale) => sale.order === order.id);
    if (before !== undefined) return before;
    if (remaining < order.quantity) return undefined;
    this.write({ ...this.#inventory, remaining: remaining - order.quantity });
    return this.#enter(order, capacity - remaining);
  }

  sales(): readonly Sale[] {
    return this.#sales;
  }

  fence(): FencingToken {
    return this.#fence;
  }

  close(): void {
    this.closed++;
  }

  #raise(token: FencingToken | undefined): void {
    if (token === undefined) return;
    if (token < this.#fence) throw new TicketlockError("STORE_STALE_TOKEN", "stale");
    this.#fence = token;
  }

  #enter(order: Order, firstSerial: number): Sale {
    const { id, buyer, quantity } = order;
    const sale = { order: id, buyer, firstSerial, quantity };
    this.#sales.push(sale);
    return sale;
  }
}

/** A provider of one store, which every opening shares. */
export function fakeStores(): StoreProvider & { readonly made: FakeStore[] } {
  const made: FakeStore[] = [];
  return {
    module: "stores",
    made,
    kinds: new Map([["fake", fakeStoreGuarantees]]),
    create(_kind, { capacity }) {
      made.push(new FakeStore(capacity));
      return { ...made.at(-1)!.handle, data: made.length - 1 };
    },
    open: (handle) => made[handle.data as number]!,
  };
}
