import { runJob, selectedAdapters } from "@ticketlock/harness";
import { describe, expect, test } from "vitest";
import type { ScenarioName, Verdict } from "../src/index.ts";
import type { ListedKinds } from "./jobs/list-kinds.ts";
import { runCli, verdictOf, workspaceRoot } from "./run-cli.ts";

const THINK_MS = 5;

// What depends on the kind of lock or store is played with every kind that an adapter lists.
for (const entry of selectedAdapters({ root: workspaceRoot })) {
  const job = new URL("./jobs/list-kinds.ts", import.meta.url);
  const { locks, stores } = (await runJob(entry, job, null)) as ListedKinds;
  const play = async (scenario: ScenarioName, ...options: string[]): Promise<Verdict> => {
    const think = ["--think", String(THINK_MS)];
    const result = await runCli([
      scenario,
      "--adapter",
      entry.name,
      ...think,
      "--json",
      ...options,
    ]);
    const verdict = verdictOf(result);
    expect(verdict.unexpected).toEqual([]);
    expect(verdict).toMatchObject({ scenario, asExpected: true });
    expect(result.code).toBe(0);
    return verdict;
  };
  const exclusive = locks.filter(({ guarantees }) => guarantees.exclusive);
  const sells = stores.filter(({ guarantees }) => guarantees.atomic && guarantees.journal);
  const journals = stores.filter(({ guarantees }) => guarantees.journal);

  describe(`on ${entry.name}`, () => {
    test("there are locks and stores to play with", () => {
      expect(exclusive.length).toBeGreaterThan(0);
      expect(stores.length).toBeGreaterThan(0);
    });

    test.each(exclusive)(
      "crash with lock $kind: what it declares comes true",
      async ({ kind, guarantees }) => {
        const verdict = await play("crash", "--lock", kind);
        expect(verdict).toMatchObject({ lock: kind, lostUpdates: 0, oversold: 0, overlaps: 0 });
        if (guarantees.ownerDeath === "immediate") expect(verdict.sold).toBe(1);
      },
    );

    test.each(stores)("crash with store $kind: nothing is lost or sold twice", async ({ kind }) => {
      const verdict = await play("crash", "--store", kind);
      expect(verdict).toMatchObject({ store: kind, lostUpdates: 0, oversold: 0 });
    });

    test.each(stores)(
      "queue with store $kind: the owner sells, buyers send orders",
      async ({ kind }) => {
        const verdict = await play("queue", "--store", kind, "--contenders", "5");
        expect(verdict).toMatchObject({ store: kind, sold: 1, oversold: 0, remaining: 0 });
      },
    );

    test.each(exclusive)(
      "pool is played with lock $kind named, which it does not need",
      async ({ kind }) => {
        expect((await play("pool", "--lock", kind))["callbacks"]).toHaveLength(9);
      },
    );

    test.runIf(sells.length > 0).each(sells)(
      "flash-sale in one step on store $kind",
      async ({ kind }) => {
        const verdict = await play(
          "flash-sale",
          "--think",
          "0",
          "--store",
          kind,
          "--capacity",
          "200",
        );
        expect(verdict).toMatchObject({ store: kind, sold: 200, soldOut: 1_800, serials: 200 });
      },
    );

    // Each lock and each store once with the other's first: they know nothing of each other.
    const pairs = exclusive.flatMap((lock, i) =>
      (i === 0 ? journals : journals.slice(0, 1)).map((store) => ({
        lock: lock.kind,
        store: store.kind,
      })),
    );
    test.runIf(pairs.length > 0).each(pairs)(
      "flash-sale under lock $lock on store $store",
      async ({ lock, store }) => {
        const cast = ["--mode", "mutex", "--lock", lock, "--store", store];
        const verdict = await play("flash-sale", "--think", "0", "--capacity", "50", ...cast);
        expect(verdict).toMatchObject({ lock, store, sold: 50, soldOut: 450, serials: 50 });
        expect(verdict).toMatchObject({ oversold: 0, lostUpdates: 0, overlaps: 0 });
      },
    );
  });
}
