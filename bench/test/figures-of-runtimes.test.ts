import { runJob } from "@ticketlock/harness";
import { describe, expect, test } from "vitest";
import { measureOptimisticSales } from "../src/figures/optimistic-sales.ts";
import { measureRecovery } from "../src/figures/recovery.ts";
import { measureFlashSale } from "../src/figures/sales.ts";
import { measureZombies } from "../src/figures/zombies.ts";
import type { Measurement } from "../src/figures/figure.ts";
import type { Attached } from "../src/jobs/attach.ts";
import { processesOfAll, starterOf } from "./adapters.ts";

const never = new AbortController().signal;
/** Reaches all runtimes, as lock and as store. */
const KIND = "mapped";

describe("Processes of all runtimes", () => {
  test("sell exactly what there is from stores that come and go", async () => {
    const how = { kind: KIND, contenders: 3, runs: 2 };
    const { value, faults, detail } = await measureFlashSale(await processesOfAll(), how, never);
    expect({ value, faults }).toEqual({ value: 2, faults: [] });
    expect(detail).toContain("2 runs, 20004 orders");
  });

  test("take over from holders of each runtime that were killed, each waiter in its turn", async () => {
    const how = { lock: KIND, trials: 6, perSession: 6, sessions: 1, waiters: 3 };
    const { faults, detail } = await measureRecovery(await processesOfAll(), how, never);
    expect(faults).toEqual([]);
    expect(detail).toContain("18 of 18 waiters granted");
    expect(detail).toContain("6 of 6 deaths told");
    expect(detail).toMatch(/times are true to [\d.]+ [um]s/);
  });
});

describe("measureZombies", () => {
  test("finds workers of Deno kept out that run on, ended in their section and in line", async () => {
    const { entry } = await starterOf("deno", "thread");
    const job = new URL("./jobs/try-zombies.ts", import.meta.url);
    const measured = (await runJob([entry], job, null)) as Measurement;
    expect(measured).toMatchObject({ value: 0, control: 8, faults: [] });
  });

  test("sees commits and grants that nothing keeps out, and says where no worker ran on", async () => {
    // Where a thread's end is its death, nothing runs on.
    const { adapter } = await starterOf("node", "thread");
    const measured = await measureZombies(adapter, { trials: 4, controls: 4 }, never);
    expect(measured).toMatchObject({ value: 0, control: 4 });
    expect(measured.detail).toContain("2 stale commits of 2 and 2 second grants of 2");
    expect(measured.faults).toEqual([
      "no worker ran on that was ended in its section: nothing was tried",
      "no worker ran on that was ended in line: nothing was tried",
    ]);
  });

  test("says what it could not see where the control was not tried", async () => {
    const { adapter } = await starterOf("node", "thread");
    const { faults } = await measureZombies(adapter, { trials: 0, controls: 0 }, never);
    expect(faults).toContain("no stale commit was seen where nothing keeps it out");
    expect(faults).toContain("no second grant was seen where nothing keeps it out");
  });
});

test("measureOptimisticSales sells exactly, and says where nobody had to try again", async () => {
  const { adapter } = await starterOf("node", "process");
  const how = { kind: KIND, contenders: 2, capacity: 100, runs: 2 };
  const measured = await measureOptimisticSales(adapter, how, never);
  expect(measured.value).toBe(0);
  expect(measured.detail).toContain("400 orders");
  expect(measured.faults).toEqual(["no commit was tried again: the contenders did not meet"]);
});

test("the job attach opens and waits for each kind of lock twice in fresh contenders, where the runtime has permissions too", async () => {
  const { entry, adapter } = await starterOf("deno", "process");
  const attached = (await runJob(
    entry,
    new URL("../src/jobs/attach.ts", import.meta.url),
    null,
  )) as Attached[];
  const kinds = adapter.locks.flatMap((provider) => [...provider.kinds.keys()]);
  expect(attached.map(({ kind }) => kind)).toEqual(kinds);
  for (const { first, second } of attached) {
    expect(first.length).toBe(second.length);
    for (const { openNs, callNs, grantNs } of [...first, ...second]) {
      expect(Math.min(openNs, callNs)).toBeGreaterThan(0);
      // The call is part of the wait.
      expect(grantNs).toBeGreaterThan(callNs);
    }
  }
});
