import { join } from "node:path";
import type { Handle } from "@ticketlock/core";
import { describe, expect, it } from "vitest";
import { journalFaults, KvSeller, playKv, type Seen } from "../support/kv.ts";
import { scratchDirectory } from "../support/scratch.ts";

const SELLERS = 8;
const KILLED = 6;
const ROUNDS = 3;
/** A round starts eight processes, which takes seconds on a busy machine. */
const LIMIT_MS = 180_000;

async function makeStore(directory: string, capacity: number): Promise<Handle> {
  const path = join(directory, "tickets.db");
  return (await playKv<[Handle]>(directory, [{ do: "create", capacity, path }]))[0];
}

async function look(directory: string, handle: Handle): Promise<Seen> {
  return (await playKv<[string, Seen]>(directory, [{ do: "open", handle }, { do: "see" }]))[1];
}

function sellersOf(directory: string, handle: Handle, round: number, twin?: string): KvSeller[] {
  return Array.from(
    { length: SELLERS },
    (_, i) => new KvSeller(directory, handle, `r${round}p${i}`, 1 + (i % 3), twin),
  );
}

describe(`${SELLERS} processes of Deno on one store`, () => {
  it(
    "sell every ticket once, at dense serials, each to the process that was told so",
    async () => {
      const directory = scratchDirectory();
      const capacity = 400;
      const handle = await makeStore(directory, capacity);
      const sellers = sellersOf(directory, handle, 0);
      await KvSeller.startAll(sellers);
      expect(await Promise.all(sellers.map(({ program }) => program.ended))).toEqual(
        sellers.map(() => 0),
      );
      const seen = await look(directory, handle);
      expect(journalFaults(seen)).toEqual([]);
      const told = sellers.flatMap((seller) => seller.told);
      expect(told).toHaveLength(capacity);
      expect(told.sort((a, b) => a.firstSerial - b.firstSerial)).toEqual(seen.sales);
      const retries = sellers.map((seller) => seller.retries!);
      expect(retries.reduce((sum, one) => sum + one.commits, 0)).toBeGreaterThan(0);
      expect(retries.every(({ p50, p99, most }) => p50 <= p99 && p99 <= most)).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    `have every sale that a killed one was told of, ${ROUNDS} rounds of ${KILLED} kills`,
    async () => {
      const directory = scratchDirectory();
      const handle = await makeStore(directory, 100_000);
      const told = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round++) {
        const sellers = sellersOf(directory, handle, round);
        await KvSeller.startAll(sellers);
        // Each at a moment that the sales themselves decide, while the others sell on.
        for (const [i, { program }] of sellers.entries()) {
          const before = program.said.length;
          await program.until((said) => said.length > before + 3 + i);
          program.kill();
          if (i >= KILLED - 1) break;
        }
        for (const { program } of sellers.slice(KILLED)) program.kill();
        await Promise.all(sellers.map(({ program }) => program.ended));
        for (const seller of sellers)
          for (const { order, firstSerial } of seller.told) told.set(order, firstSerial);
      }
      const seen = await look(directory, handle);
      expect(journalFaults(seen)).toEqual([]);
      const journal = new Map(seen.sales.map(({ order, firstSerial }) => [order, firstSerial]));
      const lost = [...told].filter(([order, serial]) => journal.get(order) !== serial);
      expect(lost).toEqual([]);
      expect(told.size).toBeGreaterThan(ROUNDS * KILLED * 3);
    },
    LIMIT_MS,
  );

  it(
    "are found out if one sells without a check",
    async () => {
      const directory = scratchDirectory();
      const handle = await makeStore(directory, 400);
      const sellers = sellersOf(directory, handle, 0, "no-check");
      await KvSeller.startAll(sellers);
      await Promise.all(sellers.map(({ program }) => program.ended));
      const told = sellers.flatMap((seller) => seller.told);
      expect(new Set(told.map(({ firstSerial }) => firstSerial)).size).toBeLessThan(told.length);
      const same = told.sort((a, b) => a.firstSerial - b.firstSerial);
      expect((await look(directory, handle)).sales).not.toEqual(same);
    },
    LIMIT_MS,
  );
});
