import type { Inventory, Order, Sale, StoreGuarantees } from "@ticketlock/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { InventoryState } from "../src/inventory-state.ts";
import { MemoryTicketStore } from "../src/memory-ticket-store.ts";
import { SalesJournal } from "../src/sales-journal.ts";
import { sharedStoreGuarantees } from "../src/shared-ticket-store.ts";
import { DEATH, FrailMemory, type Lands } from "./frail-memory.ts";

/** What a store does, on bare memory: whoever enters the latch next finds it free, as after a death. */
class BareStore extends MemoryTicketStore {
  readonly guarantees: StoreGuarantees = sharedStoreGuarantees;

  constructor(words: Int32Array) {
    const latch = { enter() {}, leave() {}, close() {} };
    const handle = { module: "test", kind: "bare", version: 1, data: null };
    super({ handle, words, stateAt: 0, journalAt: InventoryState.words, room: ROOM, latch });
  }
}

const CAPACITY = 9;
const ROOM = 8;
const WORDS = InventoryState.words + SalesJournal.words(ROOM);

const order = (id: string, quantity = 1): Order => ({ id, buyer: `buyer of ${id}`, quantity });

/** Two sales, one of them of two tickets, and a fence of 5. */
function usedStore(): Int32Array {
  const words = new Int32Array(WORDS);
  new InventoryState(words, 0).initialize(CAPACITY);
  const store = new BareStore(words);
  store.sell(order("a"));
  store.sell(order("b", 2), 5);
  return words;
}

/** All that others can learn of a store. */
interface Picture {
  readonly inventory: Inventory;
  readonly fence: number;
  readonly sales: readonly Sale[];
}

function picture(words: Int32Array): Picture {
  const store = new BareStore(words);
  return { inventory: store.read(), fence: store.fence(), sales: [...store.sales()] };
}

/** Fails unless the journal accounts for every ticket that is gone. */
function expectWhole({ inventory, sales }: Picture): void {
  let next = 0;
  for (const { firstSerial, quantity } of sales) {
    expect(firstSerial).toBe(next);
    next += quantity;
  }
  expect(inventory.remaining).toBe(CAPACITY - next);
  expect(new Set(sales.map((sale) => sale.order)).size).toBe(sales.length);
}

interface Deed {
  readonly name: string;
  readonly act: (store: MemoryTicketStore) => unknown;
}

const deeds: readonly Deed[] = [
  { name: "sell", act: (store) => store.sell(order("victim's", 3), 7) },
  { name: "sell again what is sold", act: (store) => store.sell(order("b", 2), 7) },
  {
    name: "write an order",
    act: (store) =>
      store.write(
        { capacity: CAPACITY, remaining: 5, version: 0 },
        { token: 7, expectedVersion: 2, order: order("victim's") },
      ),
  },
  { name: "read as a holder", act: (store) => store.read(7) },
];

/** How plain writes may come to others: as written, not at all, every other one. */
const landings: readonly Lands[] = [
  () => true,
  () => false,
  (write) => write % 2 === 0,
  (write) => write % 2 === 1,
];

/** The memory as whoever is about to die sees it. */
let victimWords: Int32Array | undefined;

/** Lets somebody die at every access of `deed` in turn; `after` looks at what is left. */
function killEverywhere(
  start: Int32Array,
  deed: Deed["act"],
  after: (words: Int32Array, how: string) => void,
): number {
  for (let point = 1; ; point++) {
    let end: unknown;
    for (const [i, lands] of landings.entries()) {
      const words = start.slice();
      const memory = new FrailMemory(words, point, lands);
      victimWords = memory.words;
      end = memory.run(() => deed(new BareStore(memory.words)));
      victimWords = undefined;
      after(words, `death at access ${point}, landing ${i}`);
    }
    if (end !== DEATH) return point - 1;
  }
}

/** Sells all that is left, the victim's order first; what it was told before its death must hold. */
function sellOut(store: MemoryTicketStore): void {
  const first = store.sell(order("victim's", 3), 8);
  expect(store.sell(order("victim's", 3), 8)).toEqual(first);
  for (let i = 0; store.sell(order(`survivor's ${i}`)) !== undefined; i++);
}

describe("MemoryTicketStore whose user dies at any access to memory", () => {
  test.for(deeds)("in the middle of: $name, is as before it or as after it", ({ act }) => {
    const start = usedStore();
    const before = picture(start);
    const finished = start.slice();
    act(new BareStore(finished));
    const after = picture(finished);
    const seen = new Set<string>();
    const points = killEverywhere(start, act, (words, how) => {
      const now = picture(words);
      expect([before, after], how).toContainEqual(now);
      seen.add(JSON.stringify(now));
      sellOut(new BareStore(words));
      const end = picture(words);
      expectWhole(end);
      expect(end.sales.slice(0, now.sales.length), how).toEqual(now.sales);
      expect(end.inventory.remaining, how).toBe(0);
    });
    expect(points).toBeGreaterThan(10);
    expect(seen).toEqual(new Set([before, after].map((one) => JSON.stringify(one))));
  });

  test("is whole even if who goes on dies as well, at any access", () => {
    const sellOne: Deed["act"] = (store) => store.sell(order("victim's", 3));
    const sellOther: Deed["act"] = (store) => store.sell(order("second's"));
    killEverywhere(usedStore(), sellOne, (words) => {
      killEverywhere(words, sellOther, (left) => {
        sellOut(new BareStore(left));
        expectWhole(picture(left));
      });
    });
  });
});

/** Word of a record, of which there are two: see inventory-state.ts. */
const CAPACITY_WORD = 0;
const REMAINING_WORD = 1;
const SALES_WORD = 2;
const RECORD_WORDS = InventoryState.words / 3;

describe("a death would be seen in a store", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Whether some death in the middle of a sale leaves a store that is neither as before nor as after. */
  function isSeen(): boolean {
    const start = usedStore();
    const act: Deed["act"] = (store) => store.sell(order("victim's", 3));
    const before = picture(start);
    const finished = start.slice();
    act(new BareStore(finished));
    const allowed = [before, picture(finished)].map((one) => JSON.stringify(one));
    let seen = false;
    killEverywhere(start, act, (words) => {
      if (!allowed.includes(JSON.stringify(picture(words)))) seen = true;
    });
    return seen;
  }

  test("that commits in two steps, the count and then the journal", () => {
    const { commit } = InventoryState.prototype;
    vi.spyOn(InventoryState.prototype, "commit").mockImplementation(function (
      this: InventoryState,
      state,
    ) {
      const { sales } = this.read();
      if (sales !== state.sales) commit.call(this, { ...state, sales });
      commit.call(this, state);
    });
    expect(isSeen()).toBe(true);
  });

  test("that tells which record counts before it has written it", () => {
    const { commit } = InventoryState.prototype;
    vi.spyOn(InventoryState.prototype, "commit").mockImplementation(function (
      this: InventoryState,
      state,
    ) {
      if (victimWords === undefined) return commit.call(this, state);
      const sequence = Atomics.add(victimWords, 0, 1) + 1;
      const at = (1 + (sequence & 1)) * RECORD_WORDS;
      victimWords[at + CAPACITY_WORD] = state.capacity;
      victimWords[at + REMAINING_WORD] = state.remaining;
      victimWords[at + SALES_WORD] = state.sales;
    });
    expect(isSeen()).toBe(true);
  });

  test("that enters a sale into the journal after it has counted it", () => {
    const { write } = SalesJournal.prototype;
    const { commit } = InventoryState.prototype;
    let late: (() => void) | undefined;
    vi.spyOn(SalesJournal.prototype, "write").mockImplementation(function (
      this: SalesJournal,
      ...entry
    ) {
      late = () => write.apply(this, entry);
    });
    vi.spyOn(InventoryState.prototype, "commit").mockImplementation(function (
      this: InventoryState,
      state,
    ) {
      commit.call(this, state);
      late?.();
      late = undefined;
    });
    expect(isSeen()).toBe(true);
  });
});
