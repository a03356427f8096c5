import {
  type AtomicTicketStore,
  type Commit,
  type Handle,
  type Inventory,
  isTicketlockError,
  type MaybePromise,
  type Order,
  type Sale,
  type StoreGuarantees,
  TicketlockError,
  type WriteResult,
} from "@ticketlock/core";

/** A sound store, passed on. Defects override what they break. */
export class WrappedStore implements AtomicTicketStore {
  readonly handle: Handle;
  readonly guarantees: StoreGuarantees;
  readonly inner: AtomicTicketStore;

  constructor(handle: Handle, inner: AtomicTicketStore) {
    this.handle = handle;
    this.guarantees = inner.guarantees;
    this.inner = inner;
  }
  read(token?: number): MaybePromise<Inventory> {
    return this.inner.read(token);
  }
  write(next: Inventory, commit?: Commit): MaybePromise<WriteResult> {
    return this.inner.write(next, commit);
  }
  sell(order: Order, token?: number): MaybePromise<Sale | undefined> {
    return this.inner.sell(order, token);
  }
  sales(): AsyncIterable<Sale> | Iterable<Sale> {
    return this.inner.sales();
  }
  fence(): MaybePromise<number> {
    return this.inner.fence();
  }
  close(): MaybePromise<void> {
    return this.inner.close();
  }
}

class Unfenced extends WrappedStore {
  override read(): MaybePromise<Inventory> {
    return this.inner.read();
  }
  override write(
    next: Inventory,
    { token: _token, ...commit }: Commit = {},
  ): MaybePromise<WriteResult> {
    return this.inner.write(next, commit);
  }
  override sell(order: Order): MaybePromise<Sale | undefined> {
    return this.inner.sell(order);
  }
}

class ReadsDoNotRaiseFence extends WrappedStore {
  override async read(token?: number): Promise<Inventory> {
    if (token !== undefined && token < (await this.inner.fence())) {
      throw new TicketlockError("STORE_STALE_TOKEN", "Cannot read: the token is stale.");
    }
    return this.inner.read();
  }
}

let repeats = 0;

/** Forgets order ids: each one is new to the store. */
class NotIdempotent extends WrappedStore {
  override async sell(order: Order, token?: number): Promise<Sale | undefined> {
    const sale = await this.inner.sell(this.#renamed(order), token);
    return sale === undefined ? undefined : { ...sale, order: order.id };
  }
  override write(next: Inventory, commit: Commit = {}): MaybePromise<WriteResult> {
    if (commit.order === undefined) return this.inner.write(next, commit);
    return this.inner.write(next, { ...commit, order: this.#renamed(commit.order) });
  }
  #renamed(order: Order): Order {
    return {
      ...order,
      id: `${order.id}~${process.pid}-${this.handle.version}-${repeats++}-${Math.random()}`.slice(
        0,
        64,
      ),
    };
  }
}

/** Counts every third sale down without an entry in the journal. */
class TornJournal extends WrappedStore {
  #sales = 0;
  override async sell(order: Order, token?: number): Promise<Sale | undefined> {
    if (++this.#sales % 3 !== 0) return this.inner.sell(order, token);
    const inventory = await this.inner.read(token);
    if (inventory.remaining < order.quantity) return undefined;
    await this.inner.write({ ...inventory, remaining: inventory.remaining - order.quantity });
    return {
      order: order.id,
      buyer: order.buyer,
      quantity: order.quantity,
      firstSerial: inventory.capacity - inventory.remaining,
    };
  }
}

/** Checks, lets others go first, then acts. */
class CheckThenAct extends WrappedStore {
  override async sell(order: Order, token?: number): Promise<Sale | undefined> {
    const inventory = await this.inner.read(token);
    if (inventory.remaining < order.quantity) return undefined;
    await new Promise((resolve) => setImmediate(resolve));
    const next = { ...inventory, remaining: inventory.remaining - order.quantity };
    await this.inner.write(next, { order });
    const firstSerial = inventory.capacity - inventory.remaining;
    return { order: order.id, buyer: order.buyer, quantity: order.quantity, firstSerial };
  }
}

class VersionIgnored extends WrappedStore {
  override write(
    next: Inventory,
    { expectedVersion: _expected, ...commit }: Commit = {},
  ): MaybePromise<WriteResult> {
    return this.inner.write(next, commit);
  }
}

class SerialsWithGaps extends WrappedStore {
  override async sell(order: Order, token?: number): Promise<Sale | undefined> {
    const sale = await this.inner.sell(order, token);
    return sale === undefined ? undefined : withGap(sale);
  }
  override *sales(): Iterable<Sale> {
    for (const sale of this.inner.sales() as Iterable<Sale>) yield withGap(sale);
  }
}

function withGap(sale: Sale): Sale {
  return { ...sale, firstSerial: 2 * sale.firstSerial };
}

/** Sells on when the journal is full, as if nobody would ever look. */
class NeverFull extends WrappedStore {
  override async sell(order: Order, token?: number): Promise<Sale | undefined> {
    try {
      return await this.inner.sell(order, token);
    } catch (error) {
      if (!isTicketlockError(error, "STORE_FULL")) throw error;
      const inventory = await this.inner.read();
      await this.inner.write({ ...inventory, remaining: inventory.remaining - order.quantity });
      return {
        order: order.id,
        buyer: order.buyer,
        quantity: order.quantity,
        firstSerial: inventory.capacity - inventory.remaining,
      };
    }
  }
}

/** Says yes at once and commits later: who dies meanwhile has sold nothing. */
class WriteBehind extends WrappedStore {
  #behind = Promise.resolve();
  #predicted = 0;
  override async sell(order: Order, token?: number): Promise<Sale | undefined> {
    const { capacity, remaining } = await this.inner.read(token);
    const firstSerial = capacity - remaining + this.#predicted;
    if (firstSerial + order.quantity > capacity) return undefined;
    this.#predicted += order.quantity;
    this.#behind = this.#behind.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await this.inner.sell(order, token);
      this.#predicted -= order.quantity;
    });
    return { order: order.id, buyer: order.buyer, quantity: order.quantity, firstSerial };
  }
}

class OrdersCutShort extends WrappedStore {
  override sell(order: Order, token?: number): MaybePromise<Sale | undefined> {
    return this.inner.sell({ ...order, id: order.id.slice(0, 32) }, token);
  }
}

class NeverCloses extends WrappedStore {
  override close(): void {}
}

/** Stores that are sound but for one thing, by kind. */
export const storeDefects: Readonly<Record<string, typeof WrappedStore>> = {
  "intact-store": WrappedStore,
  unfenced: Unfenced,
  "reads-do-not-raise-fence": ReadsDoNotRaiseFence,
  "not-idempotent": NotIdempotent,
  "torn-journal": TornJournal,
  "check-then-act": CheckThenAct,
  "version-ignored": VersionIgnored,
  "serials-with-gaps": SerialsWithGaps,
  "never-full": NeverFull,
  "write-behind": WriteBehind,
  "orders-cut-short": OrdersCutShort,
  "never-closes": NeverCloses,
};
