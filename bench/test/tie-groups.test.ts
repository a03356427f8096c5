import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indistinguishable, tieGroups } from "../src/compare/tie-groups.ts";
import type { ReportCell } from "../src/report/report.ts";
import { blockOf, reportOf } from "./simulated-report.ts";

/** All largest subsets without such a pair, by looking at every subset. */
function byBruteForce(count: number, apart: readonly (readonly [number, number])[]): string[] {
  const isGroup = (set: number): boolean =>
    apart.every(([a, b]) => (set & (1 << a)) === 0 || (set & (1 << b)) === 0);
  const groups = Array.from({ length: 2 ** count }, (_, set) => set).filter(isGroup);
  return groups
    .filter((set) => !groups.some((other) => other !== set && (other & set) === set))
    .map((set) => [...Array(count).keys()].filter((i) => (set & (1 << i)) !== 0).join())
    .sort();
}

function cellsOf(means: Readonly<Record<string, readonly number[]>>): readonly ReportCell[] {
  return reportOf(
    Object.entries(means).map(([lock, values]) => ({
      cell: { lock },
      blocks: values.map((ns) => blockOf(ns)),
    })),
  ).cells;
}

function lettersOf(
  means: Readonly<Record<string, readonly number[]>>,
  band = 1.03,
): Record<string, string> {
  const cells = cellsOf(means);
  const letters = tieGroups(cells, band);
  return Object.fromEntries(cells.map(({ lock, key }) => [lock, letters.get(key)!]));
}

/** Five blocks around a mean that scatter by about 2 %. */
const about = (ns: number): number[] => [0.98, 0.99, 1, 1.01, 1.02].map((factor) => factor * ns);

describe("indistinguishable", () => {
  test("gives the groups that looking at every subset gives", () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 8 })
          .chain((count) =>
            fc.tuple(
              fc.constant(count),
              fc.subarray(
                Array.from({ length: count }, (_, a) =>
                  Array.from({ length: a }, (_, b) => [b, a] as const),
                ).flat(),
              ),
            ),
          ),
        ([count, apart]) => {
          const groups = indistinguishable(count, apart);
          expect(groups.map((group) => group.join()).sort()).toEqual(byBruteForce(count, apart));
          expect(groups[0]).toContain(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("tieGroups", () => {
  test("gives one letter to what cannot be told apart, and others to what can, the fastest first", () => {
    expect(lettersOf({ slow: about(200), quick: about(100), too: about(101) })).toEqual({
      quick: "a",
      too: "a",
      slow: "b",
    });
  });

  test("gives two letters to what lies between two that can be told apart", () => {
    expect(lettersOf({ a: about(100), b: about(105.5), c: about(111) })).toEqual({
      a: "a",
      b: "ab",
      c: "b",
    });
  });

  test("does not tell apart what differs by no more than the band", () => {
    const means = { a: about(100), b: about(115) };
    expect(lettersOf(means)).toEqual({ a: "a", b: "b" });
    expect(lettersOf(means, 1.2)).toEqual({ a: "a", b: "a" });
  });

  test("asks more of each pair the more pairs there are", () => {
    const pair = { a: about(100), b: about(108) };
    expect(lettersOf(pair)).toEqual({ a: "a", b: "b" });
    const others = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`same-${i}`, about(104)]),
    );
    const letters = lettersOf({ ...pair, ...others });
    expect([letters["a"], letters["b"]]).toEqual(["a", "a"]);
  });

  test("shares the letter of one block with everybody, and has none where nothing was measured", () => {
    expect(lettersOf({ a: about(100), b: [500], c: about(900) })).toEqual({
      a: "a",
      b: "ab",
      c: "b",
    });
    const [cell] = cellsOf({ a: about(100) });
    expect(tieGroups([cell!], 1.03, () => null).size).toBe(0);
    expect(tieGroups([], 1.03).size).toBe(0);
  });

  test("tells apart only what undisturbed blocks tell apart too, where three are left", () => {
    const letters = (clean: readonly number[]): string[] => {
      const { cells } = reportOf([
        { cell: { lock: "a" }, blocks: about(100).map((ns) => blockOf(ns)) },
        {
          cell: { lock: "b" },
          blocks: [
            ...clean.map((ns) => blockOf(ns)),
            ...Array.from({ length: 30 }, () => blockOf(200, true)),
          ],
        },
      ]);
      return [...tieGroups(cells, 1.03).values()];
    };
    expect(letters([100, 101, 99])).toEqual(["a", "a"]);
    expect(letters([150, 151, 149])).toEqual(["a", "b"]);
    // Two are too few to gainsay all.
    expect(letters([100, 101])).toEqual(["a", "b"]);
  });

  test("goes by another measure where one is given", () => {
    const cells = cellsOf({ a: about(100), b: about(200) });
    const letters = tieGroups(cells, 1.03, ({ meanNs }) => 1 / meanNs);
    expect(cells.map(({ key }) => letters.get(key))).toEqual(["b", "a"]);
  });
});
