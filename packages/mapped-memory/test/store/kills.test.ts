import { type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { mappedStores } from "../../src/mapped-stores.ts";
import type { MappedTicketStore } from "../../src/mapped-ticket-store.ts";
import { faultsOf, pictureOf } from "./picture.ts";
import { ended, nextMessage, start } from "./processes.ts";

const SELLERS = 4;
const ROUNDS = 6;
const KILLS: number = ROUNDS * SELLERS;
/** More than they get to sell in the few milliseconds of their lives. */
const CAPACITY = 3_000_000;
const MAX_SALES = 1_000_000;

const logs = mkdtempSync(join(tmpdir(), "ticketlock-sellers-"));
let store: MappedTicketStore | undefined;
const sellers: ChildProcess[] = [];

afterEach(async () => {
  for (const seller of sellers) seller.kill("SIGKILL");
  await Promise.all(sellers.map(ended));
  store?.close();
  rmSync(logs, { recursive: true, force: true });
});

/** What whoever looks must find at any time: serials follow one another, and no state is of two commits. */
function expectNotTorn({ looksAt, last }: { looksAt: MappedTicketStore; last: number }): number {
  const { capacity, remaining, version } = looksAt.read();
  expect(capacity).toBe(CAPACITY);
  expect(version).toBeGreaterThanOrEqual(last);
  // An order takes 1 to 3 tickets.
  expect(capacity - remaining).toBeGreaterThanOrEqual(version);
  expect(capacity - remaining).toBeLessThanOrEqual(3 * version);
  return version;
}

/** All answers that sellers have got, by order. */
function answers(): Map<string, number> {
  const told = new Map<string, number>();
  for (const name of readdirSync(logs)) {
    const lines = readFileSync(join(logs, name), "utf8").split("\n");
    lines.pop(); // what follows the last line's end was never written whole
    for (const line of lines) {
      const [order = "", serial] = line.split(" ");
      told.set(order, Number(serial));
    }
  }
  return told;
}

describe("MappedTicketStore, while processes that sell are killed at random,", () => {
  test(
    "loses no sale that was answered, sells nothing twice, and shows nobody a torn state",
    { timeout: 240_000 },
    async () => {
      const handle = mappedStores.create("mapped", { capacity: CAPACITY, maxSales: MAX_SALES });
      store = mappedStores.open(handle);
      let last = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const names = Array.from({ length: SELLERS }, (_, i) => `seller-${round}-${i}`);
        const living = names.map((name) =>
          start("seller.ts", { handle, name, log: join(logs, name) }),
        );
        sellers.push(...living);
        await Promise.all(living.map((seller) => nextMessage(seller)));
        for (const seller of living) seller.send("go");
        for (const seller of living) {
          await sleep(Math.random() * 20); // a death at whatever instant; nothing waits for it
          for (let look = 0; look < 200; look++) last = expectNotTorn({ looksAt: store, last });
          seller.kill("SIGKILL");
          expect(await ended(seller)).toBe("SIGKILL");
        }
      }
      const picture = pictureOf(store);
      expect(faultsOf(picture)).toEqual([]);
      const journal = new Map(picture.sales.map((sale) => [sale.order, sale.firstSerial]));
      const told = answers();
      const lost = [...told].filter(([order, serial]) => journal.get(order) !== serial);
      expect(lost).toEqual([]);
      expect(told.size).toBeGreaterThan(KILLS);
      // Whoever died had at most one sale that it was not told of.
      expect(journal.size - told.size).toBeLessThanOrEqual(KILLS);
      console.log(`${journal.size} sales, ${KILLS} killed, ${told.size} answers`);
      expect(store.sell({ id: "last", buyer: "survivor", quantity: 1 })).toBeDefined();
    },
  );
});
