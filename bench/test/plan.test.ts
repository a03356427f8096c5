import { describe, expect, test } from "vitest";
import { type Candidate, candidates, type Selection } from "../src/plan/candidates.ts";
import type { CatalogueEntry } from "../src/plan/catalogue.ts";
import { type Cell, cellKey, STEADY } from "../src/plan/cell.ts";
import { checkPlan } from "../src/plan/check-plan.ts";
import { makePlan, type Plan } from "../src/plan/plan.ts";
import { type Preset, presets } from "../src/plan/presets.ts";
import { peerCandidates } from "../src/peers/peer-cells.ts";
import { COSTS, entry, planFor } from "./sample-plan.ts";

describe("makePlan", () => {
  test.each(Object.values(presets))(
    "$name fits its budget with 1 to 8 adapters, and measures or names every cell",
    (preset) => {
      for (let adapters = 1; adapters <= 8; adapters++) {
        const { cells, leftOut, expectedMs } = planFor(preset, adapters);
        expect(expectedMs).toBeLessThanOrEqual(preset.budgetMs);
        expect(cells.length).toBeGreaterThan(0);
        const keys = [...cells, ...leftOut].map(cellKey);
        expect(new Set(keys).size).toBe(keys.length);
      }
    },
  );

  test("quick measures each lock beside its controls before anything else", () => {
    const { cells } = planFor(presets.quick, 3);
    for (const adapter of ["a0", "a1", "a2"]) {
      const locks = cells
        .filter(
          (cell) => cell.adapter === adapter && cell.contenders === 2 && cell.mode === "counter",
        )
        .map((cell) => cell.lock);
      expect(locks).toEqual(expect.arrayContaining(["first", "none", "oracle", "broken"]));
    }
  });

  test("standard measures at least four cells of different classes twice", () => {
    const again = planFor(presets.standard, 1).cells.filter((cell) => cell.twin > 0);
    expect(again.length).toBeGreaterThanOrEqual(4);
    expect(
      new Set(again.map(({ role, mode, contenders }) => `${role} ${mode} ${contenders > 1}`)).size,
    ).toBe(again.length);
  });

  test("standard measures a gate of each of six adapters twice, contended and alone by turns", () => {
    const again = planFor(presets.standard, 6).cells.filter((cell) => cell.twin > 0 && cell.gate);
    expect(new Set(again.map(({ adapter }) => adapter)).size).toBe(6);
    expect(again.filter(({ contenders }) => contenders > 1)).toHaveLength(3);
  });

  test("a lock of too narrow a scope, a mode that the store cannot do, and racing writers on a naive file are no cells", () => {
    const list = candidates(entry("a", "process"), presets.full, {}).map(({ cell }) => cell);
    expect(list.some((cell) => cell.lock === "near")).toBe(false);
    expect(
      list.some(
        (cell) =>
          cell.store === "naive" && ["atomic", "optimistic", "unlocked"].includes(cell.mode),
      ),
    ).toBe(false);
    expect(list.some((cell) => cell.mode === "join" || cell.mode === "own-mutex")).toBe(false);
  });

  test("a selection replaces the preset's choice and keeps the controls", () => {
    const list = candidates(entry("a"), presets.quick, {
      locks: ["second"],
      contenders: [3],
      sections: [7],
    }).map(({ cell }) => cell);
    expect(new Set(list.filter((cell) => cell.role === "lock").map((cell) => cell.lock))).toEqual(
      new Set(["second"]),
    );
    expect(list.filter((cell) => cell.mode === "counter").every((cell) => cell.section === 7)).toBe(
      true,
    );
    expect(list.map((cell) => cell.lock)).toEqual(
      expect.arrayContaining(["none", "oracle", "broken"]),
    );
  });
});

describe("an adapter with three locks and four stores beside one of threads", () => {
  const processes = entry("processes", "process");
  const [first, second] = processes.locks as [
    CatalogueEntry["locks"][number],
    CatalogueEntry["locks"][number],
  ];
  const [full, naive] = processes.stores as [
    CatalogueEntry["stores"][number],
    CatalogueEntry["stores"][number],
  ];
  const durable = { ...full.guarantees, durability: "power" } as const;
  const many: CatalogueEntry = {
    ...processes,
    locks: [
      { ...first, kind: "mapped" },
      { ...second, kind: "ipc" },
      { ...first, kind: "sqlite" },
      ...processes.locks.slice(3),
    ],
    stores: [
      naive,
      { kind: "durable", guarantees: durable },
      { kind: "sqlite", guarantees: durable },
      { ...full, kind: "mapped" },
    ],
  };
  const plan = (preset: Preset): Plan =>
    makePlan(
      [
        candidates(entry("threads"), preset, {}),
        candidates(many, preset, {}),
        peerCandidates(preset, {}, many),
      ],
      preset,
      COSTS,
    );

  test.each([presets.smoke, presets.quick])("fits into $name", (preset) => {
    const { cells, leftOut, expectedMs } = plan(preset);
    expect(expectedMs).toBeLessThanOrEqual(preset.budgetMs * preset.plannedShare);
    const keys = [...cells, ...leftOut].map(cellKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("quick compares its locks with each other and with none before anything else", () => {
    const cells = plan(presets.quick).cells.filter((cell) => cell.scenario === STEADY);
    const places = ["mapped", "ipc", "sqlite", "none"].map((lock) =>
      cells.findIndex(
        (cell) => cell.adapter === "processes" && cell.lock === lock && cell.mode === "counter",
      ),
    );
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    const rest = cells.findIndex(
      (cell) =>
        cell.role === "peer" ||
        cell.contenders > 2 ||
        (cell.contenders === 1 && !["mapped", "first"].includes(cell.lock)) ||
        // But the default lock with the most telling section: whether its cost matters comes before which other.
        (cell.section > 0 && cell.lock !== "broken" && !["mapped", "first"].includes(cell.lock)),
    );
    if (rest >= 0) expect(Math.max(...places)).toBeLessThan(rest);
  });

  test("smoke has the default lock beside none, and another kind", () => {
    const locks = plan(presets.smoke)
      .cells.filter((cell) => cell.adapter === "processes" && cell.mode === "counter")
      .map((cell) => cell.lock);
    expect(locks).toEqual(expect.arrayContaining(["mapped", "none", "broken", "ipc"]));
  });

  test("standard plans every lock at every number of contenders, and every store in every mode that it can do", () => {
    const { cells, leftOut } = plan({ ...presets.standard, budgetMs: 24 * 3_600_000 });
    expect(leftOut).toEqual([]);
    for (const lock of ["mapped", "ipc", "sqlite"]) {
      const counts = cells.filter(
        (cell) =>
          cell.lock === lock &&
          cell.mode === "counter" &&
          cell.section === 0 &&
          cell.twin === 0 &&
          cell.adapter === "processes",
      );
      expect(counts.map((cell) => cell.contenders).sort((a, b) => a - b)).toEqual(
        // The default lock has as many as a growth curve takes.
        lock === "mapped" ? [1, 2, 3, 4, 6, 8] : [1, 2, 4, 8],
      );
    }
    const modes = (store: string): Set<string> =>
      new Set(
        cells
          .filter(
            (cell) => cell.role === "sale" && cell.store === store && cell.adapter === "processes",
          )
          .map((cell) => cell.mode),
      );
    for (const store of ["durable", "sqlite", "mapped"])
      expect(modes(store)).toEqual(
        new Set(["unlocked", "mutex", "misplaced-mutex", "queue", "optimistic", "atomic"]),
      );
    expect(modes("naive")).toEqual(new Set(["mutex", "misplaced-mutex", "queue"]));
  });

  test("a peer without a program of its own is planned where contenders can be borrowed", () => {
    const peersOf = (host?: CatalogueEntry): string[] =>
      peerCandidates(presets.full, {}, host).map(({ cell }) => cell.lock);
    expect(peersOf(many)).toContain("proper-lockfile");
    expect(peersOf()).not.toContain("proper-lockfile");
  });
});

test.each([presets.smoke, presets.quick])(
  "$name measures the default lock of six adapters contended and alone, and a broken control, whatever else it drops",
  (preset) => {
    const { cells } = planFor(preset, 6);
    for (let i = 0; i < 6; i++) {
      const counts = cells
        .filter((cell) => cell.adapter === `a${i}` && cell.lock === "first" && cell.section === 0)
        .map((cell) => cell.contenders);
      expect(counts).toEqual(expect.arrayContaining([1, 2]));
    }
    expect(cells.some((cell) => cell.lock === "broken")).toBe(true);
  },
);

test("with time for all quick takes the gates of six adapters first, then none and oracle, a picture, four gates again, sections, sales", () => {
  const { cells } = planFor({ ...presets.quick, budgetMs: 3_600_000 }, 6);
  expect(cells.filter((cell) => cell.twin > 0 && cell.gate)).toHaveLength(4);
  const placeOf = (isIt: (cell: Cell) => boolean): number[] =>
    cells.flatMap((cell, place) => (isIt(cell) ? [place] : []));
  const counter = (lock: string, section: number) =>
    placeOf(
      (cell) =>
        cell.lock === lock &&
        cell.mode === "counter" &&
        cell.section === section &&
        cell.contenders === 2 &&
        cell.scenario === STEADY &&
        cell.twin === 0,
    );
  const last = (...lists: number[][]): number => Math.max(...lists.flat());
  const first = (...lists: number[][]): number => Math.min(...lists.flat());
  const twins = placeOf((cell) => cell.twin > 0 && cell.gate);
  const pictures = placeOf((cell) => cell.scenario === "line-up");
  const tenUs = counter("first", 10);
  expect([counter("none", 0), counter("oracle", 0), tenUs].map((list) => list.length)).toEqual([
    6, 6, 6,
  ]);
  expect(last(counter("first", 0))).toBeLessThan(first(counter("none", 0)));
  expect(last(counter("none", 0), counter("oracle", 0))).toBeLessThan(first(pictures));
  expect(last(pictures)).toBeLessThan(first(twins));
  expect(last(twins)).toBeLessThan(first(tenUs));
  expect(last(tenUs)).toBeLessThan(first(placeOf((cell) => cell.role === "sale")));
});

test("standard has the six numbers of contenders that a growth curve takes, of each of six adapters", () => {
  const { cells } = planFor(presets.standard, 6);
  for (let i = 0; i < 6; i++) {
    const counts = cells.flatMap((cell) =>
      cell.adapter === `a${i}` &&
      cell.lock === "first" &&
      cell.mode === "counter" &&
      cell.section === 0 &&
      cell.scenario === STEADY &&
      cell.twin === 0
        ? cell.contenders
        : [],
    );
    expect(counts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 6, 8]);
  }
});

test("contenders with a counter of their own are measured wherever the counters lie in memory", () => {
  const locksOf = (of: CatalogueEntry): string[] =>
    candidates(of, presets.standard, {}).map(({ cell }) => cell.lock);
  expect(locksOf(entry("a"))).toContain("private-line");
  expect(locksOf(entry("a", "process"))).toContain("private-line");
  expect(locksOf({ ...entry("a", "process"), words: "file" })).not.toContain("private-line");
});

describe("what a plan leaves out", () => {
  const { cells, leftOut, spares } = planFor(presets.quick, 6);

  test("may come in later, but no gate, no twin, no peer, and no lock that has not passed the suite", () => {
    expect(spares.length).toBeGreaterThan(0);
    const passed = new Set(
      cells.flatMap(({ role, adapter, lock }) => (role === "lock" ? [`${adapter} ${lock}`] : [])),
    );
    for (const { cell } of spares) {
      expect(leftOut).toContain(cell);
      expect(cell).toMatchObject({ gate: false, twin: 0 });
      expect(cell.role).not.toBe("peer");
      if (cell.role === "lock") expect(passed).toContain(`${cell.adapter} ${cell.lock}`);
    }
  });

  test("is not drawn of another adapter than the first", () => {
    const drawn = spares.filter(({ cell }) => cell.scenario === "line-up");
    expect(drawn.map(({ cell }) => cell.adapter).filter((name) => name !== "a0")).toEqual([]);
  });
});

describe("cells that are no gates", () => {
  test("get as many blocks as leave room for none and oracle of all adapters", () => {
    expect(planFor(presets.quick, 1).rounds.otherBlocks).toBe(presets.quick.blocks);
    const { rounds, cells } = planFor(presets.quick, 6);
    expect(rounds).toMatchObject({ blocks: 5, otherBlocks: 2 });
    for (const lock of ["none", "oracle"])
      expect(new Set(cells.flatMap((cell) => (cell.lock === lock ? cell.adapter : [])))).toEqual(
        new Set(["a0", "a1", "a2", "a3", "a4", "a5"]),
      );
  });
});

test.each([presets.quick, presets.standard])(
  "$name over one adapter has peers before or after sales, by how long it takes",
  (preset) => {
    const { cells } = planFor({ ...preset, budgetMs: 9e7 }, 1);
    const peer = cells.findIndex(({ role }) => role === "peer");
    const modes = new Set(
      cells.slice(0, peer).flatMap(({ role, mode }) => (role === "sale" ? mode : [])),
    );
    expect(modes.has("queue")).toBe(preset.name === "quick");
  },
);

test("adapters take turns among what is as urgent, however much each has", () => {
  const rich = candidates(entry("rich"), presets.standard, {});
  const plain = candidates({ ...entry("plain"), stores: [] }, presets.standard, {});
  const { cells } = makePlan([rich, plain], { ...presets.standard, budgetMs: 9e7 }, COSTS);
  const names = cells.flatMap(({ scenario, adapter, lock }) =>
    scenario === "crash" && lock === "first" ? adapter : [],
  );
  expect(names).toEqual(["rich", "plain"]);
  const hog = cells.findIndex(({ scenario, lock }) => scenario === "hog" && lock === "first");
  const loads = cells.slice(0, hog).filter(({ scenario }) => scenario === "bimodal");
  expect(new Set(loads.map(({ adapter }) => adapter))).toEqual(new Set(["rich", "plain"]));
});

describe("a session of three launchers", () => {
  const mixed: CatalogueEntry = { ...entry("a+b+c", "process"), runtime: "mixed", launchers: 3 };
  const steady = (list: readonly Candidate[]): number[] =>
    list.flatMap(({ cell }) => (cell.scenario === STEADY ? cell.contenders : []));
  const countsOf = (selection: Selection): Set<number> =>
    new Set(steady(candidates(mixed, presets.quick, selection)));

  test("has at least one contender of each", () => {
    expect(countsOf({})).toEqual(new Set([4]));
    expect(new Set(steady(candidates(mixed, presets.smoke, {})))).toEqual(new Set([3]));
    expect(countsOf({ contenders: [2, 6] })).toEqual(new Set([6]));
    expect(countsOf({ contenders: [1, 2] })).toEqual(new Set());
  });
});

describe("checkPlan", () => {
  const check = (selection: Selection, budgetMs: number): void => {
    const preset = { ...presets.quick, budgetMs };
    const list = candidates(entry("a", "process"), preset, selection);
    checkPlan(list, makePlan([list], preset, COSTS), preset, selection);
  };

  test("refuses what no adapter can do, and what does not fit", () => {
    check({}, 180_000);
    check({ stores: ["full"] }, 180_000);
    expect(() => check({ locks: ["near"] }, 180_000)).toThrow(
      /Cannot measure the lock near: no chosen adapter/,
    );
    expect(() => check({}, 10_000)).toThrow(/any lock or sale: no cell of it fits into 10 s/);
    expect(() => check({ stores: ["full"] }, 6_000)).toThrow(/store full: no cell of it fits/);
  });
});
