import { describe, expect, test } from "vitest";
import type { Cell } from "../src/plan/cell.ts";
import { buildCells } from "../src/report/build.ts";
import { costSplitPicture } from "../src/report/pictures/cost-split-picture.ts";
import { waitPicture } from "../src/report/pictures/latency-picture.ts";
import type { Picture } from "../src/report/pictures/picture.ts";
import { ratioPictures } from "../src/report/pictures/ratio-picture.ts";
import { recoveryPicture } from "../src/report/pictures/recovery-picture.ts";
import { SeriesOfLocks } from "../src/report/pictures/series.ts";
import { sharesPicture } from "../src/report/pictures/shares-picture.ts";
import { throughputPicture } from "../src/report/pictures/throughput-picture.ts";
import { timelinePicture } from "../src/report/pictures/timeline-picture.ts";
import { focusOf, type Work, worksOf } from "../src/report/pictures/works.ts";
import type { ReportCell } from "../src/report/report.ts";
import { runNoise, type RunNoise } from "../src/report/run-noise.ts";
import type { BlockResult } from "../src/run/block.ts";
import { boxesOf, marksOf, parseSvg, placeOf, withClass } from "./parse-svg.ts";
import { richReport } from "./rich-report.ts";
import { sampleLoad } from "./sample-load.ts";
import { sampleBlock, sampleCell } from "./sample-report.ts";

const rich = richReport();

/** Cells that took so long per operation, and the only work that they did. */
function work(...cells: readonly (readonly [Partial<Cell>, ...number[]])[]): Work {
  return worksOf(
    buildCells(
      cells.map(([part, ...means]) => ({
        cell: sampleCell(part),
        blocks: means.map((ns) => sampleBlock(ns)),
        failures: [],
      })),
      2,
    ),
  )[0]!;
}

function seriesIn({ cells }: { readonly cells: readonly ReportCell[] }): SeriesOfLocks {
  return new SeriesOfLocks(cells);
}

describe("timelinePicture", () => {
  const lineUp = (lock: string): ReportCell =>
    rich.cells.find(
      (cell) =>
        cell.adapter === "worker-threads" && cell.scenario === "line-up" && cell.lock === lock,
    )!;

  test("marks nothing as overlapping under a lock, and overlaps without one", () => {
    const locked = parseSvg(timelinePicture(lineUp("futex"), undefined)!);
    const both = parseSvg(timelinePicture(lineUp("futex"), lineUp("none"))!);
    const overlaps = (root: ReturnType<typeof parseSvg>): string[] =>
      marksOf(root)
        .filter(({ element }) => element.getAttribute("class") === "inside")
        .map(({ tells }) => tells);
    expect(overlaps(locked)).toEqual([]);
    expect(overlaps(both).join()).toMatch(/inside for/);
  });

  test("draws each section as long as it was held, after as long as was waited for it", () => {
    const block = {
      ...sampleBlock(1e6),
      load: sampleLoad({
        sections: [
          [0, 0, 0, 10e6],
          [1, 2e6, 10e6, 30e6],
        ],
      }),
    };
    const [cell] = cellsOf({ scenario: "line-up", section: 1_000 }, [block]);
    const root = parseSvg(timelinePicture(cell!, undefined)!);
    const held = marksOf(root).flatMap(({ element }) => boxesOf(element));
    expect(held).toHaveLength(2);
    expect(held[1]!.width / held[0]!.width).toBeCloseTo(2, 1);
    const [waited] = withClass(root, "wait").slice(1).flatMap(boxesOf);
    expect(waited!.width / held[0]!.width).toBeCloseTo(0.8, 1);
    expect(waited!.x + waited!.width).toBeCloseTo(held[1]!.x, 0);
    expect(waited!.height).toBeLessThan(held[1]!.height);
    expect(marksOf(root).map(({ tells }) => tells)).toEqual([
      "1: waited 0 ns, inside 10.0 ms",
      "2: waited 8.00 ms, inside 20.0 ms",
    ]);
  });

  test("says never only of what its clocks can tell", () => {
    const sections = [
      [0, 0, 0, 10e6],
      [1, 2e6, 9.9e6, 30e6],
    ] as const;
    const words = (clockErrorNs: number): string => {
      const block = { ...sampleBlock(1e6), clockErrorNs, load: sampleLoad({ sections }) };
      const [cell] = cellsOf({ scenario: "line-up", section: 1_000 }, [block]);
      return timelinePicture(cell!, undefined)!.description;
    };
    expect(words(0)).toContain("two or more inside for 100 us in all");
    expect(words(325e3)).toMatch(
      /, never two inside at once for longer than the 325 us by which their clocks may differ\.$/,
    );
    const apart = { ...sampleBlock(1e6), load: sampleLoad({ sections: sections.slice(0, 1) }) };
    const [cell] = cellsOf({ scenario: "line-up", section: 1_000 }, [apart]);
    expect(timelinePicture(cell!, undefined)!.description).toMatch(/, never two inside at once\.$/);
  });

  test("is absent where no section was kept", () => {
    const block = { ...sampleBlock(1e6), load: sampleLoad({}) };
    const [cell] = cellsOf({ scenario: "line-up" }, [block]);
    expect(timelinePicture(cell!, undefined)).toBeUndefined();
  });
});

describe("throughputPicture", () => {
  test("sets marks by their number of contenders and higher where more was done", () => {
    const shown = work(
      [{ contenders: 1 }, 100, 101],
      [{ contenders: 2 }, 50, 51],
      [{ contenders: 4 }, 80, 81],
    );
    const root = parseSvg(throughputPicture(shown, 2, seriesIn(shown))!);
    const places = marksOf(root).map(({ element }) => placeOf(element));
    expect((places[2]!.x - places[0]!.x) / (places[1]!.x - places[0]!.x)).toBeCloseTo(3, 2);
    expect(places[1]!.y).toBeLessThan(places[2]!.y);
    expect(places[2]!.y).toBeLessThan(places[0]!.y);
    // The axis begins at 0: half as much is half as high.
    const bottom = 290;
    expect((bottom - places[0]!.y) / (bottom - places[1]!.y)).toBeCloseTo(0.5, 1);
  });

  test("shades what lies beyond the cores, and nothing where nothing does", () => {
    const shown = work([{ contenders: 1 }, 100], [{ contenders: 3 }, 100]);
    const shades = (cores: number): number =>
      withClass(parseSvg(throughputPicture(shown, cores, seriesIn(shown))!), "shade").length;
    expect([shades(2), shades(3)]).toEqual([1, 0]);
  });

  test("is fitted where there are counts enough, and calls the fit a description", () => {
    const fits = (picture: Picture): number => withClass(parseSvg(picture), "fit").length;
    const many = work(
      ...[1, 2, 3, 4, 6, 8].map(
        (contenders) => [{ contenders }, 100 / contenders + 20] as [Partial<Cell>, number],
      ),
    );
    const fitted = throughputPicture(many, 4, seriesIn(many))!;
    expect(fits(fitted)).toBe(1);
    expect(fitted.caption).toContain("describes what was measured");
    const few = work([{ contenders: 1 }, 100], [{ contenders: 2 }, 60]);
    const plain = throughputPicture(few, 4, seriesIn(few))!;
    expect(fits(plain)).toBe(0);
    expect(plain.caption).not.toContain("Scalability");
  });

  test("is absent with one number of contenders", () => {
    const shown = work([{ contenders: 2 }, 100]);
    expect(throughputPicture(shown, 2, seriesIn(shown))).toBeUndefined();
  });
});

describe("costSplitPicture", () => {
  const about = (ns: number): [number, number, number] => [0.99 * ns, ns, 1.01 * ns];
  const split = work(
    [{}, ...about(40)],
    [{ lock: "none", role: "control" }, ...about(10)],
    [{ lock: "oracle", role: "control" }, ...about(5)],
  );
  const splitPictureOf = (shown: Work): Picture | undefined =>
    costSplitPicture(shown, seriesIn(shown), shown.cells, runNoise(shown.cells));

  test("has steps as long as what they cost, each from where the last one ended", () => {
    const root = parseSvg(splitPictureOf(split)!);
    const [unlocked, serialization, tax] = marksOf(root).map(({ element }) => boxesOf(element)[0]!);
    expect(serialization!.width / unlocked!.width).toBeCloseTo(0.5, 1);
    expect(tax!.width / unlocked!.width).toBeCloseTo(3.5, 1);
    // A saving goes back to the left, and the lock's tax starts from there.
    expect(serialization!.x + serialization!.width).toBeCloseTo(unlocked!.x + unlocked!.width, 0);
    expect(tax!.x).toBeCloseTo(serialization!.x, 0);
    expect(root.textContent).toMatch(/serialization -5\.00 ns \(x0\.500 \+-\d\.\d%\)/);
    expect(root.textContent).toMatch(/the lock's tax \+35\.0 ns \(x8\.00 \+-\d\.\d%\)/);
  });

  test("calls a tie what cannot be told from no step, and gives no cause that was not measured", () => {
    const tied = work(
      [{}, ...about(40)],
      [{ lock: "none", role: "control" }, ...about(5)],
      [{ lock: "oracle", role: "control" }, ...about(5.01)],
    );
    expect(parseSvg(splitPictureOf(tied)!).textContent).toMatch(
      /serialization \+0\.01\d* ns \(x1\.00 \+-\d\.\d%, tie\)/,
    );
    expect(splitPictureOf(tied)!.caption).not.toContain("negative");
    expect(splitPictureOf(split)!.caption).toMatch(
      /Where serialization is negative: unlocked may be slower because .*; not measured here\.$/,
    );
  });

  test("is absent without controls", () => {
    const shown = work([{}, 40]);
    expect(splitPictureOf(shown)).toBeUndefined();
  });
});

describe("ratioPictures", () => {
  const cells = buildCells(
    (
      [
        [{}, 100, 100],
        [{ lock: "slow" }, 200, 200],
        [{ lock: "far" }, 9_000, 9_100],
        [{ lock: "peer", role: "peer", runtime: "c" }, 50, 50],
      ] as const
    ).map(([part, ...means]) => ({
      cell: sampleCell(part),
      blocks: means.map((ns) => sampleBlock(ns)),
      failures: [],
    })),
    2,
  );
  const noise: RunNoise = { twins: [], band: 1.05, spread: 1.1, floor: 1.1 };
  const [picture] = ratioPictures(cells, noise, new SeriesOfLocks(cells));
  const root = parseSvg(picture!);

  test("sets marks by the logarithm of their ratio, the fastest first", () => {
    const tells = marksOf(root).map((mark) => mark.tells);
    expect(tells.map((text) => text.split(",")[0])).toEqual(["peer", "futex", "slow", "far"]);
    const [half, one, twice] = marksOf(root).map(({ element }) => placeOf(element).x);
    expect(twice! - one!).toBeCloseTo(one! - half!, 0);
  });

  test("shades what twins differed by, as far to either side of 1", () => {
    const shade = withClass(root, "shade")[0]!;
    const [x, width] = ["x", "width"].map((name) => Number(shade.getAttribute(name)));
    const one = placeOf(marksOf(root)[1]!.element).x;
    expect(x! + width! / 2).toBeCloseTo(one, 0);
    expect(picture!.caption).toContain("Shaded: x0.91 to x1.10.");
  });

  test("calls a tie what the tables call one", () => {
    const built = buildCells(
      [
        { lock: "base", means: [100, 101, 99] },
        { lock: "near", means: [103, 105, 101] },
        { lock: "far", means: [150, 151, 149] },
      ].map(({ lock, means }) => ({
        cell: sampleCell({ lock }),
        blocks: means.map((ns) => sampleBlock(ns)),
        failures: [],
      })),
      2,
    );
    const [drawn] = ratioPictures(built, runNoise(built), new SeriesOfLocks(built));
    expect(marksOf(parseSvg(drawn!)).map(({ tells }) => tells)).toEqual([
      "base, sample: x1: the baseline",
      expect.stringMatching(/^near, sample: x1\.03 .*\), tie$/),
      expect.stringMatching(/^far, sample: x1\.50 .*\)$/),
    ]);
  });

  test("shows by an arrow what lies far out, so that the band can be seen", () => {
    const { element, tells } = marksOf(root)[3]!;
    expect(tells).toContain("x90.5");
    expect(element.getAttribute("d")).toMatch(/^M-4-5L6 0L-4 5z$/);
  });

  test("are absent where there is nothing to compare", () => {
    expect(ratioPictures(cells.slice(0, 1), noise, new SeriesOfLocks(cells))).toEqual([]);
  });
});

describe("waitPicture", () => {
  test("draws a percentile only where 10 samples lie beyond it", () => {
    // 2 000 samples in the block of a sample: 20 beyond the 99th percentile, 2 beyond the next.
    const shown = work([{}, 60]);
    const root = parseSvg(waitPicture(shown, seriesIn(shown))!);
    const tells = marksOf(root).map((mark) => mark.tells);
    expect(tells).toHaveLength(3);
    expect(tells[0]).toMatch(/^futex: 50 % took at most 10\.0 us$/);
    expect(tells[2]).toMatch(/^futex: 99 % took at most 19\.8 us$/);
  });

  test("is absent where no wait was timed", () => {
    const [cell] = cellsOf({}, [{ ...sampleBlock(60), check: null }]);
    expect(
      waitPicture({ ...work([{}, 60]), cells: [cell!] }, new SeriesOfLocks([cell!])),
    ).toBeUndefined();
  });
});

describe("sharesPicture", () => {
  test("has bars as long as the contenders' parts, and a line at an equal part", () => {
    const block = sampleBlock(60);
    const windows = [
      { ...block.windows[0]!, shares: [300, 100] },
      { ...block.windows[1]!, shares: [100, 100] },
    ];
    const [cell] = cellsOf({}, [{ ...block, windows }]);
    const picture = sharesPicture(
      { ...work([{}, 60]), cells: [cell!] },
      new SeriesOfLocks([cell!]),
    )!;
    const root = parseSvg(picture);
    const [most, least] = marksOf(root).map(({ element }) => boxesOf(element)[0]!);
    expect(most!.width / least!.width).toBeCloseTo(2, 1);
    const fair = Number(/^M([\d.]+)/.exec(withClass(root, "fair")[0]!.getAttribute("d")!)![1]);
    expect((fair - most!.x) / most!.width).toBeCloseTo(0.5 / (2 / 3), 2);
    expect(marksOf(root)[0]!.tells).toBe("futex, contender 1: 66.7 %; 50 % to 75 % in a window");
    expect(picture.description).toBe("futex: contender 1 66.7 %, contender 2 33.3 %.");
  });

  test("is absent where one contender had it all", () => {
    const shown = work([{ contenders: 1 }, 60]);
    expect(sharesPicture(shown, seriesIn(shown))).toBeUndefined();
  });
});

describe("recoveryPicture", () => {
  const crash = (
    lock: string,
    ...records: readonly (readonly [grants: number[], covered: number[], nextGrantNs: number[]])[]
  ): ReportCell =>
    cellsOf(
      { scenario: "crash", contenders: 4, lock },
      records.map(([grants, covered, nextGrantNs]) => ({
        ...sampleBlock(60),
        load: sampleLoad({
          recovery: { deaths: 2, binNs: 1e6, binsBefore: 2, grants, covered, nextGrantNs },
        }),
      })),
    )[0]!;
  const futex = crash(
    "futex",
    [
      [20, 10, 0, 0, 5, 0],
      [2, 2, 2, 2, 1, 0],
      [2.1e6, 2.3e6],
    ],
    [
      [20, 10, 0, 0, 5, 0],
      [2, 2, 2, 2, 1, 0],
      [2.2e6, 2.4e6],
    ],
  );
  const fifo = crash("fifo", [[4, 4, 0, 0, 0, 0], [2, 2, 2, 2, 2, 2], [9e6]]);
  const stuck = crash("stuck", [[4, 4, 0, 0, 0, 0], [2, 2, 2, 2, 2, 2], []]);
  const cells = [futex, fifo, stuck];
  const picture = recoveryPicture(cells, new SeriesOfLocks(cells))!;
  const root = parseSvg(picture);
  const tells = marksOf(root).map(({ tells: text }) => text);
  const texts = Array.from(root.getElementsByTagName("text")).map(({ textContent }) => textContent);

  test("has a bar for each stretch with grants, as high as they are many per death that covers it", () => {
    const bars = marksOf(root)
      .filter(({ tells: text }) => text.includes("grants"))
      .map(({ element }) => boxesOf(element)[0]!);
    expect(bars.slice(0, 3).map(({ height }) => height / bars[0]!.height)).toEqual([1, 0.5, 0.5]);
    const end = Number(/^M([\d.]+)/.exec(withClass(root, "event")[0]!.getAttribute("d")!)![1]);
    expect(bars[1]!.x + bars[1]!.width).toBeCloseTo(end, -0.5);
    expect(tells).toContain("-2 to -1 ms: 10.0 grants per ms and death");
    expect(tells).toContain("2 to 3 ms: 5.00 grants per ms and death, of 2 of 4 deaths");
  });

  test("draws all lanes on one scale, with an axis each", () => {
    const heightOf = (text: string): number =>
      boxesOf(marksOf(root).find((each) => each.tells === text)!.element)[0]!.height;
    expect(
      heightOf("-2 to -1 ms: 2.00 grants per ms and death") /
        heightOf("-2 to -1 ms: 10.0 grants per ms and death"),
    ).toBeCloseTo(0.2, 2);
    expect(texts.filter((text) => text === "10")).toHaveLength(3);
    expect(texts).toContain("grants per ms and death");
  });

  test("marks what no window covers, in place of nothing", () => {
    expect(tells.filter((text) => text.includes("not covered"))).toEqual([
      "3 to 4 ms: not covered by any window",
    ]);
    expect(picture.caption).toMatch(/Shaded: no window covers it\.$/);
    const covered = recoveryPicture([fifo], new SeriesOfLocks([fifo]))!;
    expect(covered.caption).not.toContain("Shaded");
  });

  test("names deaths that no grant followed", () => {
    expect(texts).toContain("after 1 of 2 deaths");
    expect(texts).toContain("no grant after 1");
    expect(texts).toContain("any of 2 deaths");
    expect(picture.description).toBe(
      "futex: a grant followed 4 of 4 deaths, half of these within 2.25 ms. fifo: a grant followed 1 of 2 deaths, half of these within 9.00 ms; none followed 1. stuck: no grant followed any of 2 deaths.",
    );
  });

  test("says from when time runs, and whose grants are counted", () => {
    expect(picture.caption).toContain(
      "time runs from that order, and only the others' grants are counted",
    );
    expect(texts).toContain("ms after the order that ends the holder");
  });

  test("is absent where nobody was ended", () => {
    const cells = cellsOf({ scenario: "crash" }, [{ ...sampleBlock(60), load: sampleLoad({}) }]);
    expect(recoveryPicture(cells, new SeriesOfLocks(cells))).toBeUndefined();
  });
});

test("focusOf prefers the number of contenders with most locks, and any to one that never waits", () => {
  const { cells } = work(
    [{ contenders: 1 }, 1],
    [{ contenders: 1, lock: "fifo" }, 1],
    [{ contenders: 4 }, 1],
    [{ contenders: 8 }, 1],
    [{ contenders: 8, lock: "fifo" }, 1],
  );
  expect(focusOf(cells)).toBe(8);
  expect(focusOf(cells.slice(0, 2))).toBe(1);
});

function cellsOf(part: Partial<Cell>, blocks: readonly BlockResult[]): ReportCell[] {
  return buildCells([{ cell: sampleCell(part), blocks, failures: [] }], 2);
}
