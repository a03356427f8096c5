import { describe, expect, test } from "vitest";
import { candidates, type Selection } from "../src/plan/candidates.ts";
import type { CatalogueEntry } from "../src/plan/catalogue.ts";
import { type Cell, STEADY } from "../src/plan/cell.ts";
import { type Preset, presets } from "../src/plan/presets.ts";
import { scenarios } from "../src/plan/scenarios.ts";
import { entry, planFor } from "./sample-plan.ts";

describe("scenarios", () => {
  const cellsOf = (selection: Selection, of = entry("a")): Cell[] =>
    candidates(of, presets.standard, selection)
      .map(({ cell }) => cell)
      .filter((cell) => cell.scenario !== STEADY);

  test("are measured on every lock that can be shared, and drawn without one as well", () => {
    const names = new Set(cellsOf({}).map((cell) => cell.scenario));
    expect(names).toEqual(new Set(scenarios.map(({ name }) => name)));
    const drawn = cellsOf({}).filter((cell) => cell.scenario === "line-up");
    expect(drawn.map(({ lock, role }) => `${lock} ${role}`)).toEqual([
      "first lock",
      "second lock",
      "near lock",
      "none control",
    ]);
    expect(cellsOf({}).every((cell) => !cell.gate)).toBe(true);
  });

  test("that end holders need a lock that is free then", () => {
    const lost = entry("a");
    const locks = lost.locks.map((lock) => ({
      ...lock,
      guarantees: { ...lock.guarantees, ownerDeath: "lost" as const },
    }));
    const names = cellsOf({}, { ...lost, locks }).map((cell) => cell.scenario);
    expect(names).toContain("hog");
    expect(names).not.toContain("crash");
  });

  test("take the numbers that were asked for, and are none where only numbers were", () => {
    expect(cellsOf({ contenders: [2] })).toEqual([]);
    const some = cellsOf({ scenarios: ["hog"], contenders: [2, 3], sections: [5] });
    expect(new Set(some.map((cell) => cell.scenario))).toEqual(new Set(["hog"]));
    expect(new Set(some.map((cell) => cell.contenders))).toEqual(new Set([2, 3]));
    expect(new Set(some.map((cell) => cell.section))).toEqual(new Set([5]));
  });

  test("that cannot happen with so few contenders are none", () => {
    expect(cellsOf({ scenarios: ["crash"], contenders: [1] })).toEqual([]);
    const mixed: CatalogueEntry = { ...entry("a+b+c", "process"), runtime: "mixed", launchers: 3 };
    const counts = cellsOf({ scenarios: ["line-up"], contenders: [1, 3] }, mixed);
    expect(new Set(counts.map((cell) => cell.contenders))).toEqual(new Set([3]));
  });

  test("are drawn of one adapter only where time is short", () => {
    const adaptersIn = (preset: Preset): number =>
      new Set(
        planFor(preset, 6).cells.flatMap(({ scenario, adapter }) =>
          scenario === "line-up" ? [adapter] : [],
        ),
      ).size;
    expect([adaptersIn(presets.quick), adaptersIn(presets.full)]).toEqual([1, 6]);
  });

  test("that were asked for come first", () => {
    const list = candidates(entry("a"), presets.quick, { scenarios: ["crash"] });
    const [first] = list.toSorted((a, b) => a.priority - b.priority);
    expect(first!.cell.scenario).toBe("crash");
  });
});
