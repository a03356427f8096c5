import type { Handle } from "@ticketlock/core";
import { equal, expect, rejects } from "../kit/expect.ts";
import { journaled, orderOf, salesOf, type StoreCase } from "./store-case.ts";

/** Reading and writing the counts, as every store must. */
export const inventoryCases: readonly StoreCase[] = [
  {
    name: "the store declares the guarantees of its kind, and offers what they say",
    run: async (arena, { kind, guarantees }) => {
      const store = await arena.store(kind, { capacity: 1 });
      equal(store.guarantees, guarantees, "an opened store declares its kind's guarantees");
      equal(store.handle.kind, kind, "the handle names the kind");
      const methods = store as unknown as Record<string, unknown>;
      expect(!guarantees.atomic || guarantees.journal, "an atomic store keeps a journal");
      if (guarantees.atomic) equal(typeof methods["sell"], "function", "an atomic store sells");
      if (guarantees.journal)
        equal(typeof methods["sales"], "function", "a journaled store lists its sales");
    },
  },
  {
    name: "a new store has all of its capacity left, none included",
    run: async (arena, { kind, guarantees }) => {
      for (const capacity of [0, 1, 1_000]) {
        const store = await arena.store(kind, { capacity });
        const inventory = await store.read();
        equal(
          [inventory.capacity, inventory.remaining],
          [capacity, capacity],
          "nothing is sold at first",
        );
        equal(await store.fence(), 0, "a new store has seen no token");
        if (guarantees.journal)
          equal(await salesOf(journaled(store)), [], "a new store's journal is empty");
      }
    },
  },
  {
    name: "a capacity that is negative, broken or too large is a RangeError",
    run: async (arena, { kind }) => {
      for (const capacity of [-1, 1.5, Number.NaN, 2 ** 31]) {
        await rejects(
          () => arena.store(kind, { capacity }),
          "RangeError",
          `capacity ${capacity} is refused`,
        );
      }
    },
  },
  {
    name: "what is written is read, through every opening of the handle",
    run: async (arena, { kind, guarantees }) => {
      const store = await arena.store(kind, { capacity: 10 });
      const copies: Handle[] = [structuredClone(store.handle)];
      if (guarantees.scope !== "threads")
        copies.push(JSON.parse(JSON.stringify(store.handle)) as Handle);
      let left = 10;
      for (const copy of copies) {
        const same = await arena.openStore(copy);
        const before = await same.read();
        equal(before.remaining, left, "another opening sees what was written");
        left -= 3;
        equal(
          await same.write({ ...before, remaining: left, version: before.version + 1 }),
          "written",
          "a plain write is written",
        );
        equal((await store.read()).remaining, left, "the first opening sees what another wrote");
      }
    },
  },
  {
    name: "a handle of another module, kind or version is refused with HANDLE_INVALID",
    run: async (arena, { kind }) => {
      const { handle } = await arena.store(kind, { capacity: 1 });
      const foreign: Handle[] = [
        { ...handle, version: handle.version + 1 },
        { ...handle, kind: "no such kind" },
        { ...handle, module: "no such module" },
        { ...handle, data: null },
      ];
      for (const one of foreign) {
        await rejects(() => arena.openStore(one), "HANDLE_INVALID", "a foreign handle is refused");
      }
    },
  },
  {
    name: "a closed store refuses with STORE_CLOSED, and other openings go on",
    run: async (arena, { kind }) => {
      const store = await arena.store(kind, { capacity: 5 });
      const other = await arena.openStore(store.handle);
      await arena.within("close() settles", other.close());
      await arena.within("close() settles again", other.close());
      await rejects(async () => other.read(), "STORE_CLOSED", "read on a closed store throws");
      await rejects(async () => other.fence(), "STORE_CLOSED", "fence on a closed store throws");
      const inventory = await store.read();
      await rejects(
        async () => other.write(inventory),
        "STORE_CLOSED",
        "write on a closed store throws",
      );
      equal(inventory.remaining, 5, "the other opening goes on");
    },
  },
  {
    name: "a write at another version is a conflict and changes nothing",
    needs: { versioned: true },
    run: async (arena, { kind }) => {
      const store = await arena.store(kind, { capacity: 10 });
      const first = await store.read();
      const next = { ...first, remaining: 9, version: first.version + 1 };
      equal(
        await store.write(next, { expectedVersion: first.version }),
        "written",
        "a write at the right version is written",
      );
      const second = await store.read();
      expect(second.version > first.version, "the version rises with a change");
      equal(
        await store.write({ ...next, remaining: 5 }, { expectedVersion: first.version }),
        "conflict",
        "a write at an old version is a conflict",
      );
      equal(
        await store.write({ ...next, remaining: 5 }, { expectedVersion: second.version + 1 }),
        "conflict",
        "a write at a version yet to come is a conflict",
      );
      equal(await store.read(), second, "a conflict changes nothing");
    },
  },
  {
    name: "versions let no update be lost between contenders without a lock",
    needs: { versioned: true },
    contenders: true,
    runtimes: true,
    run: async (arena, { kind }) => {
      const rounds = 40;
      const capacity = rounds * arena.contenders;
      const stage = await arena.stage({
        lock: { count: 0 },
        store: { kind, options: { capacity } },
      });
      await stage.values("optimistic", rounds);
      equal((await stage.store.read()).remaining, 0, "every write that was written counts");
    },
  },
  {
    name: "orders beyond their limits are refused, and 64 bytes of any text come back whole",
    needs: { journal: true },
    run: async (arena, { kind }) => {
      const store = await arena.store(kind, { capacity: 100 });
      const texts = [
        "a",
        "x".repeat(64),
        "é".repeat(32),
        "票".repeat(21),
        "🎫".repeat(16),
        "\u0000\n\"'\\",
        " ",
      ];
      for (const text of texts) {
        const inventory = await store.read();
        const order = { id: text, buyer: text, quantity: 2 };
        const next = {
          ...inventory,
          remaining: inventory.remaining - 2,
          version: inventory.version + 1,
        };
        equal(
          await store.write(next, { order }),
          "written",
          "an order within the limits is written",
        );
      }
      const sales = await salesOf(journaled(store));
      equal(
        sales.map(({ order, buyer }) => [order, buyer]),
        texts.map((text) => [text, text]),
        "ids and buyers come back whole",
      );
      const before = await store.read();
      for (const text of ["", "x".repeat(65), "é".repeat(33), "🎫".repeat(17)]) {
        await rejects(
          async () => store.write(before, { order: { ...orderOf("fine"), id: text } }),
          "RangeError",
          "an id of 0 or 65 bytes is refused",
        );
        await rejects(
          async () => store.write(before, { order: { ...orderOf("fine"), buyer: text } }),
          "RangeError",
          "a buyer of 0 or 65 bytes is refused",
        );
      }
      for (const quantity of [0, -1, 1.5]) {
        await rejects(
          async () => store.write(before, { order: orderOf("fine", quantity) }),
          "RangeError",
          "an impossible quantity is refused",
        );
      }
      equal(await store.read(), before, "a refused order changes nothing");
    },
  },
];
