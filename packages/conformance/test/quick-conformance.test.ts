import { adapter } from "@ticketlock/worker-threads/adapter";
import { expect, test } from "vitest";
import { caseNames, conformance, listCases, quickConformance } from "../src/index.ts";
import { adapter as broken } from "./broken/broken-adapter.ts";

const options = { limitMs: 1_000 };

test("quickConformance passes a sound lock kind", async () => {
  const { passed, failed, failures } = await quickConformance(adapter, "futex");
  expect(failures).toEqual([]);
  expect(failed).toBe(0);
  expect(passed).toBeGreaterThan(20);
});

test("quickConformance fails a broken lock kind, and says at which cases", async () => {
  const { failed, failures } = await quickConformance(broken, "load-then-store", options);
  expect(failed).toBe(failures.length);
  expect(failures.join("\n")).toContain("lock load-then-store: at most one contender is inside");
});

test("quickConformance has no case for a kind that the adapter does not offer", async () => {
  expect(await quickConformance(adapter, "no such kind")).toEqual({
    passed: 0,
    failed: 0,
    failures: [],
  });
});

test("conformance registers just the cases that options.only names", () => {
  const registered: string[] = [];
  const collect = (name: string): void => void registered.push(name);
  conformance(collect, adapter, { only: ["lock futex: a second release", "launcher: crash"] });
  expect(registered).toEqual(
    listCases(adapter, { only: ["a second release", "launcher: crash"] })
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("lock fifo")),
  );
  expect(registered.length).toBeGreaterThan(2);
});

test("listCases registers nothing that is not declared", () => {
  const names = listCases(adapter).map(({ name }) => name);
  const naive = names.filter((name) => name.startsWith("store json: "));
  expect(naive.some((name) => name.includes("token"))).toBe(false);
  expect(names.some((name) => name.startsWith("lock futex: grants follow the order"))).toBe(false);
  expect(names.some((name) => name.startsWith("mode atomic on json"))).toBe(false);
});

test("an adapter without a launcher is tried with one that is lent, and alone without contenders", () => {
  const { launcher: _launcher, ...providers } = adapter;
  const alone = listCases(providers).map(({ name }) => name);
  expect(
    alone.some((name) => name.startsWith("launcher: ") || name.includes("at most one contender")),
  ).toBe(false);
  expect(alone).toContain(`lock futex: ${caseNames.lock[0]}`);
  const lent = listCases(providers, { alongside: [adapter] }).map(({ name }) => name);
  expect(lent).toContain("lock futex: at most one contender is inside, waiting with acquire");
  expect(lent.some((name) => name.startsWith("launcher: "))).toBe(false);
});
