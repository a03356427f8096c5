import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type PlannedRun, planRun } from "../src/cli/plan-run.ts";
import { peers } from "../src/peers/peer-cells.ts";
import type { CatalogueEntry } from "../src/plan/catalogue.ts";
import { type Cell, STEADY } from "../src/plan/cell.ts";
import { presets } from "../src/plan/presets.ts";
import { splitControls } from "../src/report/split-controls.ts";
import { type Cast, chooseAdapters, readCatalogue } from "../src/run/prepare.ts";
import { checksOf } from "../src/run/measured-locks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let casts: Cast[];
let catalogue: CatalogueEntry[];

beforeAll(async () => {
  casts = chooseAdapters(ROOT, undefined);
  catalogue = await readCatalogue(casts, new AbortController().signal);
});

function planOf(name: "quick" | "standard"): PlannedRun {
  return planRun(catalogue, casts, { preset: presets[name], selection: {}, peersOnly: false });
}

/** Numbers of contenders with which a steady counter is measured once. */
function countsOf(cells: readonly Cell[], adapter: string, lock: string, section = 0): number[] {
  return cells
    .filter(
      (cell) =>
        cell.adapter === adapter &&
        cell.lock === lock &&
        cell.section === section &&
        cell.mode === "counter" &&
        cell.scenario === STEADY &&
        cell.twin === 0,
    )
    .map(({ contenders }) => contenders)
    .toSorted((a, b) => a - b);
}

/** Kinds of lock of an adapter that its contenders can share, without the controls. */
function locksOf({ locks, unit }: CatalogueEntry): string[] {
  return locks
    .filter(({ guarantees }) => guarantees.exclusive)
    .filter(({ guarantees }) => unit === "thread" || guarantees.scope !== "threads")
    .map(({ kind }) => kind);
}

/** Modes in which a store is sold from, by `adapter store`. */
function salesOf(cells: readonly Cell[]): Map<string, Set<string>> {
  const sales = cells.filter(({ role }) => role === "sale");
  const byStore = Map.groupBy(sales, ({ adapter, store }) => `${adapter} ${store}`);
  return new Map([...byStore].map(([key, some]) => [key, new Set(some.map(({ mode }) => mode))]));
}

describe.each(["quick", "standard"] as const)("%s over every adapter, in its own time", (name) => {
  test("keeps to what may be planned, and has each lock pass the suite that it measures", () => {
    const { plan, locks } = planOf(name);
    const { budgetMs, plannedShare } = presets[name];
    expect(plan.expectedMs).toBeLessThanOrEqual(budgetMs * plannedShare);
    for (const cell of plan.cells.filter(({ role }) => role === "lock"))
      expect(checksOf(cell, locks)).toHaveLength(1);
  });

  test("has each default lock alone and contended, with what it is set between", () => {
    const { cells } = planOf(name).plan;
    expect(catalogue.length).toBeGreaterThanOrEqual(6);
    for (const entry of catalogue) {
      const [first] = locksOf(entry);
      expect(countsOf(cells, entry.adapter, first!).slice(0, 2)).toEqual([1, 2]);
      const gate = cells.find(
        (cell) => cell.gate && cell.adapter === entry.adapter && cell.contenders === 2,
      )!;
      const controls = splitControls(gate, cells);
      expect(controls?.unlocked).toMatchObject({ lock: "none", contenders: 2 });
      expect(controls?.oracle).toMatchObject({ lock: "oracle", contenders: 2 });
      expect(
        cells.some(({ adapter, lock }) => adapter === entry.adapter && lock === "broken"),
      ).toBe(true);
    }
    expect(cells.some(({ gate, twin }) => gate && twin > 0)).toBe(true);
  });
});

describe("standard over every adapter, in its own time", () => {
  test("has every lock alone, contended, and with the most telling section", () => {
    const { cells } = planOf("standard").plan;
    for (const entry of catalogue)
      for (const lock of locksOf(entry)) {
        expect(countsOf(cells, entry.adapter, lock)).toEqual(expect.arrayContaining([1, 2]));
        expect(countsOf(cells, entry.adapter, lock, 10)).toContain(2);
      }
  });

  test("has each section, the default lock's growth, lines of one's own, and false sharing", () => {
    const { cells } = planOf("standard").plan;
    for (const entry of catalogue) {
      const [first] = locksOf(entry);
      expect(countsOf(cells, entry.adapter, first!)).toEqual([1, 2, 3, 4, 6, 8]);
      for (const section of [1, 10, 100])
        expect(countsOf(cells, entry.adapter, first!, section)).toContain(2);
      for (const lock of ["none", "oracle"])
        expect(countsOf(cells, entry.adapter, lock, 10)).toContain(2);
      if (entry.words !== "file")
        expect(countsOf(cells, entry.adapter, "private-line")).toContain(2);
    }
    expect(cells.some(({ lock }) => lock === "false-sharing")).toBe(true);
  });

  test("has each peer alone, and contended where its contenders run at once", () => {
    const { cells } = planOf("standard").plan;
    for (const { lock, runtime, unit } of peers) {
      const own = cells.filter(
        (cell) => cell.role === "peer" && cell.lock === lock && cell.runtime === runtime,
      );
      expect(own.map(({ contenders }) => contenders)).toEqual(unit === "tasks" ? [1] : [1, 2]);
    }
  });

  test("sells from each store of the first adapters in each mode, from the first store of all", () => {
    const { cells } = planOf("standard").plan;
    const sales = salesOf(cells);
    for (const entry of catalogue) {
      const isFirst = catalogue.find(({ unit }) => unit === entry.unit) === entry;
      for (const { kind, guarantees } of isFirst ? entry.stores : entry.stores.slice(0, 1)) {
        const { versioned, atomic } = guarantees;
        expect([...sales.get(`${entry.adapter} ${kind}`)!]).toEqual(
          expect.arrayContaining([
            "mutex",
            "queue",
            ...(atomic ? ["atomic"] : []),
            ...(versioned ? ["unlocked", "optimistic"] : []),
          ]),
        );
      }
    }
  });

  test("comes to scenarios, the most telling ones of each default lock first", () => {
    const { cells } = planOf("standard").plan;
    for (const entry of catalogue) {
      const names = cells.flatMap((cell) =>
        cell.adapter === entry.adapter && cell.role === "lock" ? cell.scenario : [],
      );
      expect(names).toEqual(expect.arrayContaining(["open-90", "queued-at-start", "line-up"]));
      if (entry.locks[0]!.guarantees.ownerDeath === "immediate") expect(names).toContain("crash");
    }
  });
});
