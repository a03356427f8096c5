import { describe, expect, test } from "vitest";
import { chooseSlices, longestWaitNs, overlapsOf } from "../src/report/pictures/timeline-slice.ts";
import type { SectionTimes } from "../src/run/block.ts";

const MS = 1e6;

function slice(sections: readonly SectionTimes[], fromNs = 0, toNs = 50 * MS) {
  return { fromNs, toNs, sections };
}

describe("chooseSlices", () => {
  test("finds the stretch in which somebody waited longest, and one that is as most are", () => {
    const sections = Array.from({ length: 100 }, (_, i): SectionTimes => {
      const enteredNs = 2 * i * MS;
      const waitedNs = i === 80 ? 30 * MS : (i % 3) * 0.1 * MS;
      return [i % 4, enteredNs - waitedNs, enteredNs, enteredNs + MS];
    });
    const { typical, worst } = chooseSlices(sections, 50 * MS);
    expect(longestWaitNs(worst)).toBeCloseTo(30 * MS, 0);
    expect(longestWaitNs(typical)).toBeCloseTo(0.2 * MS, 0);
    expect(worst.fromNs).toBeLessThanOrEqual(160 * MS);
    expect(worst.toNs).toBeGreaterThan(160 * MS);
  });

  test("gives one stretch twice where all fits into it", () => {
    const { typical, worst } = chooseSlices([[0, 0, 1 * MS, 2 * MS]], 50 * MS);
    expect(typical).toBe(worst);
    expect(typical.sections).toHaveLength(1);
  });
});

describe("overlapsOf", () => {
  test("is empty where one comes in as the other leaves", () => {
    expect(
      overlapsOf(
        slice([
          [0, 0, 0, 2 * MS],
          [1, 0, 2 * MS, 4 * MS],
        ]),
        0,
      ),
    ).toEqual([]);
  });

  test("tells from when to when two or more were inside, and how many at most", () => {
    expect(
      overlapsOf(
        slice([
          [0, 0, 0, 10 * MS],
          [1, 0, 4 * MS, 12 * MS],
          [2, 0, 6 * MS, 8 * MS],
          [3, 0, 20 * MS, 60 * MS],
          [1, 0, 30 * MS, 70 * MS],
        ]),
        0,
      ),
    ).toEqual([
      { fromNs: 4 * MS, toNs: 10 * MS, inside: 3 },
      { fromNs: 30 * MS, toNs: 50 * MS, inside: 2 },
    ]);
  });

  test("leaves out what the clocks of two contenders may differ by", () => {
    const sections: SectionTimes[] = [
      [0, 0, 0, 2 * MS + 900],
      [1, 0, 2 * MS, 4 * MS],
    ];
    expect(overlapsOf(slice(sections), 1_000)).toEqual([]);
    expect(overlapsOf(slice(sections), 800)).toHaveLength(1);
  });

  test("takes stretches for one that are interrupted only by coming in again", () => {
    const overlaps = overlapsOf(
      slice([
        [0, 0, 0, 10 * MS],
        [1, 0, 0, 5 * MS],
        [1, 0, 5 * MS + 500, 9 * MS],
      ]),
      0,
    );
    expect(overlaps).toEqual([{ fromNs: 0, toNs: 9 * MS, inside: 2 }]);
  });
});
