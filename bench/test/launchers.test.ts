import type { Adapter, Launcher } from "@ticketlock/core";
import { expect, test } from "vitest";
import { adaptersFor } from "../src/figures/measure-figure.ts";
import { type CatalogueEntry, describeAdapters } from "../src/plan/catalogue.ts";
import { launchersOf, ownersLauncher, unitOf } from "../src/run/launchers.ts";
import { clockErrorNs } from "../src/run/measured-window.ts";

function adapter(name: string, launcher?: Pick<Launcher, "runtime" | "unit" | "scope">): Adapter {
  const starts = { nowNs: () => 0n, start: () => Promise.reject(new Error("It starts nobody.")) };
  const base = { name, url: `file:///${name}`, locks: [], stores: [] };
  return launcher === undefined ? base : { ...base, launcher: { ...starts, ...launcher } };
}

const node = adapter("n", { runtime: "node", unit: "process", scope: "processes" });
const deno = adapter("d", { runtime: "deno", unit: "process", scope: "runtimes" });
const threads = adapter("t", { runtime: "node", unit: "thread", scope: "threads" });
const none = adapter("locks-only");

test("launchersOf leaves out adapters that start no contenders, and the first one's clock is the session's", () => {
  expect(launchersOf([none, deno, node])).toEqual([deno.launcher, node.launcher]);
  expect(ownersLauncher([none, deno, node])).toBe(deno.launcher);
  expect(() => ownersLauncher([none])).toThrow("Cannot measure with locks-only");
});

test("unitOf refuses threads beside processes", () => {
  expect(unitOf([node, deno, none])).toBe("process");
  expect(unitOf([threads])).toBe("thread");
  expect(() => unitOf([threads, node])).toThrow("Cannot measure with t+n");
});

test("describeAdapters joins what shares a session", () => {
  expect(describeAdapters([none])).toBeNull();
  expect(describeAdapters([node, none])).toMatchObject({ runtime: "node", launchers: 1 });
  expect(describeAdapters([node, deno])).toMatchObject({
    adapter: "n+d",
    runtime: "mixed",
    launchers: 2,
    scope: "runtimes",
  });
});

test("clockErrorNs is that of the two contenders that know the time worst", () => {
  expect(clockErrorNs([{ clockErrorNs: 0 }])).toBe(0);
  expect(clockErrorNs([3, 0, 40, 5].map((ns) => ({ clockErrorNs: ns })))).toBe(45);
});

test("adaptersFor finds of each runtime the first adapter that has what a figure needs", () => {
  const guarantees = {} as CatalogueEntry["locks"][number]["guarantees"];
  const entry = (name: string, runtime: CatalogueEntry["runtime"], lock: string): CatalogueEntry =>
    ({ adapter: name, runtime, locks: [{ kind: lock, guarantees }], stores: [] }) as never;
  const catalogue = [
    entry("a", "node", "x"),
    entry("b", "node", "y"),
    entry("c", "deno", "y"),
    entry("d", "deno", "y"),
    entry("e", "mixed", "y"),
  ];
  expect(adaptersFor({ needs: { lock: "y" } }, catalogue)).toEqual({ adapters: ["b"] });
  expect(adaptersFor({ needs: { lock: "y", runtimes: ["node", "deno"] } }, catalogue)).toEqual({
    adapters: ["b", "c"],
  });
  expect(adaptersFor({ needs: { lock: "y", runtimes: ["deno", "bun"] } }, catalogue)).toBeNull();
  expect(adaptersFor({ needs: { lock: "y", control: "x" } }, catalogue)).toEqual({
    adapters: ["b"],
    control: "a",
  });
  expect(
    adaptersFor({ needs: { lock: "y", control: "x", runtimes: ["deno"] } }, catalogue),
  ).toBeNull();
  expect(adaptersFor({ needs: {} }, catalogue)).toBeNull();
});
