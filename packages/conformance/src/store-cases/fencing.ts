import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { equal, expect, rejects } from "../kit/expect.ts";
import { atomic, orderOf, type StoreCase } from "./store-case.ts";

/** The store's share in never overselling: a holder that was overtaken can do nothing any more. */
export const fencingCases: readonly StoreCase[] = [
  {
    name: "a write with a stale token is refused with STORE_STALE_TOKEN and changes nothing",
    needs: { fenced: true },
    run: async (arena, { kind }) => {
      const store = await arena.store(kind, { capacity: 10 });
      const inventory = await store.read();
      const next = { ...inventory, remaining: 9, version: inventory.version + 1 };
      equal(await store.write(next, { token: 7 }), "written", "a first token is accepted");
      equal(await store.fence(), 7, "fence tells the highest token seen");
      const before = await store.read();
      await rejects(
        async () => store.write({ ...next, remaining: 1 }, { token: 6 }),
        "STORE_STALE_TOKEN",
        "a write with an older token is refused",
      );
      equal(await store.read(), before, "a refused write changes nothing");
      equal(
        await store.write({ ...before, version: before.version + 1 }, { token: 7 }),
        "written",
        "the same holder may write again",
      );
      equal(await store.fence(), 7, "a stale token does not lower the fence");
    },
  },
  {
    name: "a read with a stale token is refused with STORE_STALE_TOKEN, a search never",
    needs: { fenced: true },
    run: async (arena, { kind }) => {
      const store = await arena.store(kind, { capacity: 10 });
      equal((await store.read(2 ** 40)).remaining, 10, "a holder may read");
      await rejects(
        async () => store.read(2 ** 40 - 1),
        "STORE_STALE_TOKEN",
        "a read with an older token is refused",
      );
      equal((await store.read()).remaining, 10, "a search needs no token");
      equal(await store.fence(), 2 ** 40, "tokens of 53 bits are kept whole");
    },
  },
  {
    name: "a holder's read raises the fence: A(1) reads, B(2) reads, A cannot write any more",
    needs: { fenced: true },
    run: async (arena, { kind }) => {
      const store = await arena.store(kind, { capacity: 1 });
      const seenByA = await store.read(1);
      const seenByB = await store.read(2);
      equal(await store.fence(), 2, "B's read has raised the fence");
      const sold = { ...seenByA, remaining: 0, version: seenByA.version + 1 };
      await rejects(
        async () => store.write(sold, { token: 1, order: orderOf("A") }),
        "STORE_STALE_TOKEN",
        "A, overtaken by B's read, cannot sell",
      );
      equal(
        await store.write(
          { ...seenByB, remaining: 0, version: seenByB.version + 1 },
          { token: 2, order: orderOf("B") },
        ),
        "written",
        "B sells",
      );
      equal((await store.read()).remaining, 0, "one ticket is sold once");
    },
  },
  {
    name: "a sell with a stale token is refused with STORE_STALE_TOKEN and sells nothing",
    needs: { fenced: true, atomic: true },
    run: async (arena, { kind }) => {
      const store = atomic(await arena.store(kind, { capacity: 10 }));
      await store.read(5);
      await rejects(
        async () => store.sell(orderOf("late"), 4),
        "STORE_STALE_TOKEN",
        "a sell with an older token is refused",
      );
      equal((await store.read()).remaining, 10, "a refused sell sells nothing");
      equal(
        (await store.sell(orderOf("in time"), 6))?.firstSerial,
        0,
        "a sell with a newer token sells",
      );
      equal(await store.fence(), 6, "a sell raises the fence");
      await rejects(
        async () => store.read(5),
        "STORE_STALE_TOKEN",
        "after it the older holder cannot even read",
      );
    },
  },
  {
    name: "a session over an old store takes tokens above all that it has seen",
    contenders: true,
    needs: { fenced: true, durability: "power" },
    run: async (arena, { kind }) => {
      const directory = mkdtempSync(join(tmpdir(), "ticketlock-conformance-"));
      arena.defer(() => rmSync(directory, { recursive: true, force: true }));
      const store = { kind, options: { capacity: 10, path: join(directory, "tickets") } };
      let last = 0;
      for (let session = 0; session < 3; session++) {
        const stage = await arena.stage({ store, contenders: 1 });
        for (let round = 0; round < 2; round++) {
          const { token } = await stage.step(0, { do: "acquire", as: "held" });
          expect(token! > last, `token ${token} of session ${session} is above ${last}`);
          last = token!;
          await stage.step(0, { do: "takeTicket", as: "held" });
          await stage.step(0, { do: "release", as: "held" });
        }
        equal(
          (await stage.store.read()).remaining,
          10 - 2 * (session + 1),
          "what earlier sessions sold stays sold",
        );
        // The last session's contender does not get the time to close anything.
        if (session === 1) await stage.crash(0);
        await stage.session.close();
      }
    },
  },
];
