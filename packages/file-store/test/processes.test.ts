import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Handle } from "@ticketlock/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { durableKinds, journalFaults, salesOf } from "./support/kinds.ts";
import { Seller } from "./support/sellers.ts";

const SELLERS = 3;
const ROUNDS = 6;
/** A round starts three processes, which takes seconds on a busy machine. */
const ROUNDS_LIMIT_MS = 180_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ticketlock-test-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

for (const { kind, provider, file } of durableKinds) {
  const make = async (capacity: number): Promise<Handle> =>
    provider.create(kind, { capacity, path: join(directory, file) });

  describe(`${kind} between processes`, () => {
    it("sells every ticket once, at dense serials, each to the process that was told so", async () => {
      const capacity = 600;
      const handle = await make(capacity);
      const sellers = Array.from({ length: SELLERS }, (_, i) => new Seller(handle, `p${i}`, i + 1));
      await Seller.startAll(sellers);
      expect(await Promise.all(sellers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
      const store = await provider.open(handle);
      expect(await journalFaults(store)).toEqual([]);
      const told = sellers.flatMap((seller) => seller.told);
      expect(told).toHaveLength(capacity);
      expect(told.sort((a, b) => a.firstSerial - b.firstSerial)).toEqual(await salesOf(store));
      await store.close();
    });

    it(
      `has every sale that a killed process was told of, ${ROUNDS} rounds of ${SELLERS} kills`,
      async () => {
        const handle = await make(50_000);
        const told = new Map<string, number>();
        for (let round = 0; round < ROUNDS; round++) {
          const sellers = Array.from(
            { length: SELLERS },
            (_, i) => new Seller(handle, `r${round}p${i}`, 1 + ((round + i) % 4)),
          );
          await Seller.startAll(sellers);
          // Each at a moment that the sales themselves decide, while the others sell on.
          for (const [i, seller] of sellers.entries()) {
            await seller.hasTold(5 + 7 * i + round);
            seller.kill();
          }
          expect(await Promise.all(sellers.map(({ ended }) => ended))).toEqual(
            sellers.map(() => "SIGKILL"),
          );
          const store = await provider.open(handle); // as the first one after the deaths
          expect(await journalFaults(store)).toEqual([]);
          const sales = new Map(
            (await salesOf(store)).map((sale) => [sale.order, sale.firstSerial]),
          );
          for (const seller of sellers) {
            expect(seller.told.length).toBeGreaterThan(0);
            for (const sale of seller.told) told.set(sale.order, sale.firstSerial);
          }
          for (const [order, serial] of told) expect(sales.get(order)).toBe(serial);
          await store.close();
        }
      },
      ROUNDS_LIMIT_MS,
    );

    it("kept by a twin that answers before the commit loses sales that it told of", async () => {
      const handle = await make(50_000);
      const seller = new Seller(handle, "twin", 4, ["early"]);
      await Seller.startAll([seller]);
      await seller.hasTold(4);
      seller.kill();
      expect(await seller.ended).toBe("SIGKILL");
      const store = await provider.open(handle);
      const sold = new Set((await salesOf(store)).map((sale) => sale.order));
      expect(seller.told.filter((sale) => !sold.has(sale.order))).toHaveLength(4);
      await store.close();
    });

    it("is made once by processes that make it at the same time", async () => {
      const path = join(directory, file);
      const made = await Promise.all(
        Array.from({ length: 4 }, (_, i) => createAndSell(kind, path, `order ${i}`)),
      );
      expect(made.sort()).toEqual([0, 1, 2, 3]);
      const store = await provider.open(await make(10));
      expect((await store.read()).remaining).toBe(6);
      expect(await journalFaults(store)).toEqual([]);
      await store.close();
      const drafts = readdirSync(directory).filter((name) => /[0-9a-f]{8}-/.test(name));
      expect(drafts).toEqual([]);
    });
  });
}

/** Makes the store in a process of its own and sells one ticket; its serial. */
async function createAndSell(kind: string, path: string, order: string): Promise<number> {
  const { spawn } = await import("node:child_process");
  const module = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);
  const script = `const { durableJsonFileStores, sqliteStores } = await import(${module});
    const provider = ${JSON.stringify(kind)} === "sqlite" ? sqliteStores : durableJsonFileStores;
    const handle = await provider.create(${JSON.stringify(kind)}, { capacity: 10, path: ${JSON.stringify(path)} });
    const store = await provider.open(handle);
    const sale = await store.sell({ id: ${JSON.stringify(order)}, buyer: "somebody", quantity: 1 });
    console.log(sale.firstSerial);
    await store.close();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  return Number(text.trim() || "NaN");
}
