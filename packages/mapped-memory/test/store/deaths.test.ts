import type { ChildProcess } from "node:child_process";
import type { Handle } from "@ticketlock/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mappedStores } from "../../src/mapped-stores.ts";
import { CAPACITY, deeds, prepare, ROOM, type VictimOrder } from "./deeds.ts";
import { faultsOf, type Findings, type Picture, pictureOf } from "./picture.ts";
import { ended, nextMessage, start } from "./processes.ts";

let survivor: ChildProcess;

beforeAll(async () => {
  survivor = start("survivor.ts");
  await nextMessage(survivor);
});
afterAll(() => void survivor.kill());

let asked: Promise<unknown> = Promise.resolve();

/** What the survivor finds, asked one thing after the other. */
function ask(handle: Handle): Promise<Findings> {
  const answer = asked.then(() => {
    survivor.send(handle);
    return nextMessage<Findings>(survivor);
  });
  asked = answer.catch(() => {});
  return answer;
}

/** Lets a process die at one point of its deed; what somebody else finds then. `undefined` if it came through. */
async function dieAt(point: VictimOrder): Promise<Findings | undefined> {
  const handle: Handle = mappedStores.create("mapped", { capacity: CAPACITY, maxSales: ROOM });
  const store = mappedStores.open(handle);
  try {
    prepare(store);
    const end = await ended(start("victim.ts", { ...point, handle }));
    if (end === 0) return undefined;
    expect(end).toBe("SIGKILL");
    return await ask(handle);
  } finally {
    store.close();
  }
}

/** All that is found after deaths before and after every operation of the deed. */
async function dieEverywhere(deed: VictimOrder["deed"]): Promise<Findings[]> {
  const findings: Findings[] = [];
  for (let nth = 1; ; nth++) {
    const both = await Promise.all(
      (["before", "after"] as const).map((moment) => dieAt({ deed, moment, nth, twin: false })),
    );
    for (const found of both) {
      if (found === undefined) return findings;
      findings.push(found);
    }
  }
}

/** The store as it is before the deed and after it. */
function allowed(deed: VictimOrder["deed"]): Picture[] {
  const store = mappedStores.open(
    mappedStores.create("mapped", { capacity: CAPACITY, maxSales: ROOM }),
  );
  prepare(store);
  const before = pictureOf(store);
  deeds[deed](store);
  const after = pictureOf(store);
  store.close();
  return [before, after];
}

describe("MappedTicketStore, where a process is killed before or after any atomic operation of", () => {
  test.for(["sell", "write", "read"] as const)(
    "%s, is as before it or as after it, and the others sell on",
    { timeout: 120_000 },
    async (deed) => {
      const pictures = allowed(deed);
      const findings = await dieEverywhere(deed);
      for (const { found, first, again, left } of findings) {
        expect(pictures).toContainEqual(found);
        expect(again).toEqual(first);
        expect(faultsOf(left)).toEqual([]);
        expect(left.inventory.remaining).toBe(0);
        expect(left.sales.slice(0, found.sales.length)).toEqual(found.sales);
      }
      const seen = new Set(findings.map(({ found }) => JSON.stringify(found)));
      expect(seen.size).toBe(2);
      console.log(`killed at ${findings.length} points of ${deed}`);
    },
  );

  test(
    "sell, would be neither if the store committed in two steps",
    { timeout: 120_000 },
    async () => {
      const pictures = allowed("sell");
      for (let nth = 1; ; nth++) {
        const findings = await dieAt({ deed: "sell", moment: "after", nth, twin: true });
        expect(findings, "no death was seen").toBeDefined();
        if (faultsOf(findings!.found).length === 0) continue;
        return expect(pictures).not.toContainEqual(findings!.found);
      }
    },
  );
});
