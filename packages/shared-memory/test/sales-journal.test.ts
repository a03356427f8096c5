import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InventoryState, type State } from "../src/inventory-state.ts";
import { SalesJournal } from "../src/sales-journal.ts";

const ROOM = 4;

function newJournal(): SalesJournal {
  const words = new Int32Array(new SharedArrayBuffer(4 * (SalesJournal.words(ROOM) + 3)));
  return new SalesJournal(words, 3, ROOM);
}

/** Writes a sale as the store does, short of the commit: `sales` is what the caller counts on. */
function write(journal: SalesJournal, id: string, sales: number): void {
  const encoded = journal.encode({ id, buyer: `buyer of ${id}`, quantity: 1 });
  const { slot, sale } = journal.find(encoded, sales);
  expect(sale).toBe(-1);
  journal.write(sales, slot, encoded, sales);
}

function saleOf(journal: SalesJournal, id: string, sales: number): number {
  return journal.find(journal.encode({ id, buyer: "b", quantity: 1 }), sales).sale;
}

describe("SalesJournal", () => {
  test("finds every committed sale, and nothing else", () => {
    const journal = newJournal();
    for (const [sales, id] of ["a", "b", "c", "d"].entries()) write(journal, id, sales);
    for (const [sale, id] of ["a", "b", "c", "d"].entries())
      expect(saleOf(journal, id, 4)).toBe(sale);
    expect(saleOf(journal, "e", 4)).toBe(-1);
    expect(saleOf(journal, "d", 3)).toBe(-1);
    expect(journal.read(2)).toEqual({
      order: "c",
      buyer: "buyer of c",
      firstSerial: 2,
      quantity: 1,
    });
  });

  test("forgets a sale whose writer died before the commit, and takes the same order again", () => {
    const journal = newJournal();
    write(journal, "a", 0);
    write(journal, "lost", 1); // never committed
    expect(saleOf(journal, "lost", 1)).toBe(-1);
    write(journal, "lost", 1);
    expect(saleOf(journal, "lost", 2)).toBe(1);
    expect(saleOf(journal, "a", 2)).toBe(0);
  });

  test("does not take another order in the same place for the one that was lost", () => {
    const journal = newJournal();
    write(journal, "lost", 0); // never committed
    write(journal, "b", 0); // takes the same entry, by another slot of the index
    expect(saleOf(journal, "b", 1)).toBe(0);
    expect(saleOf(journal, "lost", 1)).toBe(-1);
    write(journal, "lost", 1);
    expect(saleOf(journal, "lost", 2)).toBe(1);
    expect(journal.read(0).order).toBe("b");
  });

  test("finds all after deaths before each of its commits", () => {
    const journal = newJournal();
    const ids = ["a", "b", "c", "d"];
    for (const [sales, id] of ids.entries()) {
      for (let death = 0; death < 2; death++) write(journal, `lost ${id} ${death}`, sales);
      write(journal, id, sales);
    }
    for (const [sale, id] of ids.entries()) expect(saleOf(journal, id, ids.length)).toBe(sale);
    for (const id of ids) expect(saleOf(journal, `lost ${id} 0`, ids.length)).toBe(-1);
  });

  test("has room for all its sales however many died in the middle of one", () => {
    const journal = newJournal();
    const ids = ["a", "b", "c", "d"];
    for (const [sales, id] of ids.entries()) {
      for (let death = 0; death < 1_000; death++) write(journal, `lost ${id} ${death}`, sales);
      write(journal, id, sales);
      for (const [sale, one] of ids.slice(0, sales + 1).entries())
        expect(saleOf(journal, one, sales + 1)).toBe(sale);
      expect(saleOf(journal, `lost ${id} 999`, sales + 1)).toBe(-1);
    }
  });

  test("finds what was committed, in whatever order sales and deaths come", () => {
    // Many deaths to a sale, so that their slots fill the index before the journal is full.
    const id = fc.integer({ min: 0, max: 99 }).map(String);
    const dies = fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0);
    const attempts = fc.array(fc.record({ id, dies }), { minLength: 20, maxLength: 100 });
    fc.assert(
      fc.property(attempts, (list) => {
        const journal = newJournal();
        const sold: string[] = [];
        for (const { id: wanted, dies } of list) {
          const encoded = journal.encode({ id: wanted, buyer: "b", quantity: 1 });
          const { slot, sale } = journal.find(encoded, sold.length);
          expect(sale).toBe(sold.indexOf(wanted));
          if (sale >= 0 || sold.length === ROOM) continue;
          for (const [i, one] of sold.entries()) expect(saleOf(journal, one, sold.length)).toBe(i);
          journal.encode(encoded.order);
          expect(slot).not.toBe(0);
          journal.write(sold.length, slot, encoded, sold.length);
          if (!dies) sold.push(wanted);
        }
      }),
      { seed: 20_261_121, numRuns: 1_000 },
    );
  });
});

describe("InventoryState", () => {
  const first: State = { capacity: 9, remaining: 9, version: 0, sales: 0, fence: 0 };

  function newState(): { readonly state: InventoryState; readonly words: Int32Array } {
    const words = new Int32Array(new SharedArrayBuffer(4 * InventoryState.words));
    const state = new InventoryState(words, 0);
    state.commit(first);
    return { state, words };
  }

  test("reads what was committed last, numbers of 53 bits included", () => {
    const { state } = newState();
    expect(state.read()).toEqual(first);
    const big = {
      capacity: 2 ** 31 - 1,
      remaining: 5,
      version: 2 ** 53 - 1,
      sales: 4,
      fence: 2 ** 32 + 1,
    };
    state.commit(big);
    expect(state.read()).toEqual(big);
    state.commit(first);
    expect(state.read()).toEqual(first);
  });

  test("reads the state before, where a writer died at any point of its commit", () => {
    const { words } = newState();
    const before = words.slice();
    new InventoryState(words, 0).commit({
      capacity: 8,
      remaining: 1,
      version: 3,
      sales: 3,
      fence: 4,
    });
    const after = words.slice();
    const changed = [...after.keys()].filter((at) => at !== 0 && after[at] !== before[at]);
    expect(changed.length).toBeGreaterThan(3);
    // All but the sequence word, in any number: the record that counts is untouched.
    for (let written = 0; written <= changed.length; written++) {
      const half = before.slice();
      for (const at of changed.slice(0, written)) half[at] = after[at]!;
      expect(new InventoryState(half, 0).read()).toEqual(first);
    }
  });
});
