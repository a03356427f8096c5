import type { Contender } from "./contender.ts";
import { isTicketlockError, TicketlockError } from "./errors.ts";
import type { FencingToken, Guard, Lock } from "./lock.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import {
  type Inventory,
  isAtomicTicketStore,
  type Order,
  type StoreGuarantees,
  type TicketStore,
} from "./ticket-store.ts";

/** What sets one way of selling apart from another; stories, bench and reports are driven by these traits. */
export interface SellingModeTraits {
  /** In a few words, for lists and tables. */
  readonly summary: string;
  /** Which lock the purchase takes. */
  readonly lock: "none" | "shared" | "own";
  /** `one-by-one`: a contender starts when the one before has ended. */
  readonly start: "together" | "one-by-one";
  /** What the store must declare. */
  readonly needs: Partial<StoreGuarantees>;
  /** True if no ticket may be sold twice. False where the race is what is to be shown. */
  readonly exact: boolean;
  /** True if searches of different contenders can overlap. */
  readonly concurrentSearch: boolean;
}

/** The ways of selling: the same words in stories, bench and reports. */
export type SellingMode =
  | "unlocked"
  | "mutex"
  | "misplaced-mutex"
  | "join"
  | "own-mutex"
  | "queue"
  | "optimistic"
  | "atomic";

export const sellingModes: Readonly<Record<SellingMode, SellingModeTraits>> = {
  unlocked: {
    summary: "no lock: the race",
    lock: "none",
    start: "together",
    needs: {},
    exact: false,
    concurrentSearch: true,
  },
  mutex: {
    summary: "the purchase alone is locked",
    lock: "shared",
    start: "together",
    needs: {},
    exact: true,
    concurrentSearch: true,
  },
  "misplaced-mutex": {
    summary: "the lock covers the search as well",
    lock: "shared",
    start: "together",
    needs: {},
    exact: true,
    concurrentSearch: false,
  },
  join: {
    summary: "no lock, one contender after the other",
    lock: "none",
    start: "one-by-one",
    needs: {},
    exact: true,
    concurrentSearch: false,
  },
  "own-mutex": {
    summary: "everyone locks a mutex of their own",
    lock: "own",
    start: "together",
    needs: {},
    exact: false,
    concurrentSearch: true,
  },
  queue: {
    summary: "one owner sells, buyers send orders",
    lock: "none",
    start: "together",
    needs: {},
    exact: true,
    concurrentSearch: true,
  },
  optimistic: {
    summary: "compare the version, retry",
    lock: "none",
    start: "together",
    needs: { versioned: true },
    exact: true,
    concurrentSearch: true,
  },
  atomic: {
    summary: "one conditional step in the store",
    lock: "none",
    start: "together",
    needs: { atomic: true },
    exact: true,
    concurrentSearch: true,
  },
};

export function isSellingMode(name: string): name is SellingMode {
  return Object.hasOwn(sellingModes, name);
}

/** What a purchase does on its way, for whoever watches or slows it down. */
export interface BuyHooks {
  /** The simulated delay of one search, one read or one write. */
  think?(): MaybePromise<void>;
  /** The contender has searched and is about to buy. */
  searched?(): MaybePromise<void>;
  /** The contender has read the inventory and is about to write, or to give up. */
  beforeWrite?(): MaybePromise<void>;
  /** Something happened; `inventory` is what was seen. */
  tell?(step: BuyStep, inventory?: Inventory): void;
}

export type BuyStep =
  | "search"
  | "wait"
  | "enter"
  | "read"
  | "write"
  | "conflict"
  | "exit"
  | "order";

export interface Purchase {
  /** The buyer was told yes. */
  readonly sold: boolean;
  /** What the buyer's search saw. */
  readonly seen: Inventory;
  /** Times that an optimistic write met another version. */
  readonly retries: number;
  /** Reads of a half-written file; only a store that promises nothing has them. */
  readonly tornReads: number;
}

/** Topic on which `queue` sends an order to the owner of the store. */
export const ORDER_TOPIC = "ticketlock:order";

/**
 * Searches, then buys, in the given way. An order may be repeated where the store is `idempotent`: it
 * is sold once, and told yes again. Where the store is `atomic` too, this holds also once the last
 * ticket is gone, at the price of one `sell` for each order that is refused; elsewhere a repeated
 * order is then told no.
 */
export async function buy(
  mode: SellingMode,
  contender: Contender,
  order: Order,
  hooks: BuyHooks = {},
): Promise<Purchase> {
  return new Buyer(contender.store, order, hooks).buy(mode, contender);
}

/** The owner's side of `queue`: sells one order. Called for one order after the other, it needs no lock. */
export async function sellQueued(
  store: TicketStore,
  order: Order,
  hooks: BuyHooks = {},
): Promise<boolean> {
  return new Buyer(store, order, hooks).purchase();
}

class Buyer {
  readonly #store: TicketStore;
  readonly #order: Order;
  readonly #hooks: BuyHooks;
  #retries = 0;
  #tornReads = 0;

  constructor(store: TicketStore, order: Order, hooks: BuyHooks) {
    this.#store = store;
    this.#order = order;
    this.#hooks = hooks;
  }

  async buy(mode: SellingMode, contender: Contender): Promise<Purchase> {
    const { concurrentSearch, lock } = sellingModes[mode];
    // In misplaced-mutex and join the search is part of what stands in line.
    let seen = concurrentSearch ? await this.#search() : undefined;
    if (concurrentSearch) await this.#hooks.searched?.();
    const whole = async (token?: FencingToken): Promise<boolean> => {
      seen ??= await this.#search(token);
      if (mode === "queue") return this.#sendOrder(contender);
      if (mode === "optimistic") return this.#optimistic();
      if (mode === "atomic") return this.#atomic();
      return this.purchase(token);
    };
    const sold =
      lock === "none"
        ? await whole()
        : await this.#locked(lock === "own" ? await contender.ownLock() : contender.lock(), whole);
    return { sold, seen: seen!, retries: this.#retries, tornReads: this.#tornReads };
  }

  /** Read, then write one less: two steps, which only a lock, or being alone, makes one. */
  async purchase(token?: FencingToken): Promise<boolean> {
    const { think, beforeWrite, tell } = this.#hooks;
    const inventory = await this.#read(token);
    tell?.("read", inventory);
    await think?.();
    await beforeWrite?.();
    if (inventory.remaining < this.#order.quantity) return this.#wasSold(token);
    const result = await this.#store.write(less(inventory, this.#order), {
      ...(token ? { token } : {}),
      order: this.#order,
    });
    tell?.("write");
    await think?.();
    return result !== "conflict";
  }

  async #locked(lock: Lock, section: (token: FencingToken) => Promise<boolean>): Promise<boolean> {
    const { tell } = this.#hooks;
    tell?.("wait");
    return lock.runExclusive(async (guard: Guard) => {
      tell?.("enter");
      try {
        return await section(guard.token);
      } finally {
        tell?.("exit");
      }
    });
  }

  async #optimistic(): Promise<boolean> {
    const { think, beforeWrite, tell } = this.#hooks;
    for (;;) {
      const inventory = await this.#read();
      tell?.("read", inventory);
      await think?.();
      if (this.#retries === 0) await beforeWrite?.(); // all meet before the first write; a retry races alone
      if (inventory.remaining < this.#order.quantity) return this.#wasSold();
      const result = await this.#store.write(less(inventory, this.#order), {
        expectedVersion: inventory.version,
        order: this.#order,
      });
      tell?.(result === "conflict" ? "conflict" : "write");
      await think?.();
      if (result !== "conflict") return true;
      this.#retries++;
    }
  }

  /**
   * Sold out, but perhaps to this very order: its buyer asks again because the answer was lost. `sell`
   * looks the order up before it counts what is left; going through the journal would cost every
   * refused buyer a walk over all sales, inside the lock and when most are waiting.
   */
  async #wasSold(token?: FencingToken): Promise<boolean> {
    const store = this.#store;
    if (!store.guarantees.idempotent || !isAtomicTicketStore(store)) return false;
    return (await store.sell(this.#order, token ? token : undefined)) !== undefined;
  }

  async #atomic(): Promise<boolean> {
    const store = this.#store;
    if (!isAtomicTicketStore(store)) throw unsupported("atomic", "sell in one step");
    await this.#hooks.beforeWrite?.();
    const sale = await store.sell(this.#order);
    if (sale !== undefined) this.#hooks.tell?.("write");
    await this.#hooks.think?.();
    return sale !== undefined;
  }

  async #sendOrder(contender: Contender): Promise<boolean> {
    this.#hooks.tell?.("order");
    return (await contender.channel.request(ORDER_TOPIC, this.#order)) === true;
  }

  async #search(token?: FencingToken): Promise<Inventory> {
    const inventory = await this.#read(token);
    this.#hooks.tell?.("search", inventory);
    await this.#hooks.think?.();
    return inventory;
  }

  /** A store that promises nothing may be seen half written: look again, and count it. */
  async #read(token?: FencingToken): Promise<Inventory> {
    for (;;) {
      try {
        return await this.#store.read(token ? token : undefined);
      } catch (error) {
        if (
          !isTicketlockError(error, "STORE_CORRUPT") ||
          this.#store.guarantees.durability !== "none" ||
          this.#tornReads >= MAX_TORN_READS
        )
          throw error;
        this.#tornReads++;
      }
    }
  }
}

/**
 * A file that stays unreadable for so many looks is not being written, it is corrupt. A look takes
 * about 10 us; a file system that writes back what was truncated keeps the file empty for 15 ms at
 * times, so 1 000 looks were too few.
 */
const MAX_TORN_READS = 100_000;

function less(inventory: Inventory, order: Order): Inventory {
  return {
    ...inventory,
    remaining: inventory.remaining - order.quantity,
    version: inventory.version + 1,
  };
}

function unsupported(mode: SellingMode, power: string): TicketlockError {
  return new TicketlockError(
    "STORE_UNSUPPORTED",
    `Cannot sell in mode ${mode}: this store cannot ${power}. Choose a store that declares it.`,
  );
}
