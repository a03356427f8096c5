import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Handle } from "@ticketlock/core";
import { afterEach, describe, expect, test } from "vitest";
import { mappedStores } from "../../src/mapped-stores.ts";
import { MappedTicketStore } from "../../src/mapped-ticket-store.ts";
import { openStoreFile } from "../../src/mapped-ticket-store-file.ts";
import { CAPACITY, order, prepare, ROOM, type VictimOrder } from "./deeds.ts";
import { faultsOf, pictureOf } from "./picture.ts";
import { ended, start } from "./processes.ts";

/** Waits until the system says that the process is stopped. */
async function isStopped(processId: number): Promise<void> {
  const endMs = performance.now() + 30_000;
  for (;;) {
    const stat = readFileSync(`/proc/${processId}/stat`, "latin1");
    if (stat.slice(stat.lastIndexOf(")") + 2).startsWith("T")) return;
    if (performance.now() > endMs) throw new Error("the process was not stopped");
    await sleep(5);
  }
}

const opened: MappedTicketStore[] = [];
afterEach(() => opened.splice(0).forEach((store) => store.close()));

describe("MappedTicketStore, while a process is stopped in the middle of a sale,", () => {
  test("can be searched, refuses changes with STORE_UNAVAILABLE, and loses nothing", async () => {
    const handle: Handle = mappedStores.create("mapped", { capacity: CAPACITY, maxSales: ROOM });
    const store = mappedStores.open(handle);
    const { path } = handle.data as { readonly path: string };
    const impatient = new MappedTicketStore(
      handle,
      openStoreFile(path),
      (file) => file.close(),
      150,
    );
    opened.push(impatient, store);
    prepare(store);
    // After its first operation, which takes the latch.
    const point: VictimOrder = {
      deed: "sell",
      moment: "after",
      nth: 1,
      twin: false,
      signal: "SIGSTOP",
    };
    const victim = start("victim.ts", { ...point, handle });
    try {
      await isStopped(victim.pid!);
      expect(impatient.read()).toMatchObject({ remaining: CAPACITY - 3 });
      for (const change of [() => impatient.sell(order("c")), () => impatient.read(9)])
        expect(change).toThrow(expect.objectContaining({ code: "STORE_UNAVAILABLE" }));
      expect(() => impatient.sell(order("c"))).toThrow("busy for 150 ms");
      victim.kill("SIGCONT");
      expect(store.sell(order("c"))).toBeDefined();
      expect(await ended(victim)).toBe(0);
    } finally {
      victim.kill("SIGKILL");
    }
    const picture = pictureOf(store);
    expect(faultsOf(picture)).toEqual([]);
    expect(picture.sales.map((sale) => sale.order).sort()).toEqual(["a", "b", "c", "victim's"]);
  });
});
