import type { Contender } from "@ticketlock/core";
import { expect, test } from "vitest";
import { faults } from "../src/plan/faults.ts";
import { placeOfDeath } from "../src/round/place-of-death.ts";
import sellOut from "../src/workloads/sell-out.ts";
import { processes, threads } from "./support/sample-casts.ts";
import { WrittenRound } from "./support/written-round.ts";

test("sellOut comes to its end in time, however many tickets are left, and tells how many it has sold", async () => {
  const held = { token: 1, release: () => {} };
  const lock = { guarantees: { blocking: true }, acquireSync: () => held };
  let written = 0;
  const store = {
    read: () => ({ capacity: 2 ** 31 - 1, remaining: 2 ** 31 - 1, version: 0 }),
    write: () => {
      written++;
      return "written";
    },
  };
  const contender = { index: 0, store, lock: () => lock } as unknown as Contender;
  const sold = await sellOut(contender, { prefix: "a", forMs: 20, looksSeldom: [] });
  expect(sold).toBe(written);
  expect(sold).toBeGreaterThan(0);
});

test("placeOfDeath tells where a client died by its own note, the last, and not of one that died of something else", () => {
  const round = new WrittenRound();
  round.client("c1").note({ what: "late", refused: true });
  expect(placeOfDeath(round.folder, "c1")).toBeUndefined();
  round.client("c1").note({ what: "died", where: "release: at the call" });
  expect(placeOfDeath(round.folder, "c1")).toBe("release: at the call");
  expect(placeOfDeath(round.folder, "c2")).toBeUndefined();
});

test("a thread's death at a point is one of a terminated worker, a process's that of a killed holder", () => {
  expect(faults.point.promise(threads.locks[0])).toBe("P4");
  expect(faults.point.promise(processes.locks[0])).toBe("P2");
});
