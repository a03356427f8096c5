import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readReport } from "../src/report/read-report.ts";
import type { BlockResult, LoadRecord } from "../src/run/block.ts";
import { type Report, SCHEMA_VERSION } from "../src/report/report.ts";
import { withMean } from "../src/run/with-mean.ts";
import { mean } from "../src/statistics/interval.ts";
import { around, gateReport } from "./gate-report.ts";
import { startMain } from "./run-main.ts";
import { richReport } from "./rich-report.ts";
import { loadedBlock, recoveryOf } from "./sample-load.ts";
import { sampleCell, sampleReport } from "./sample-report.ts";

const folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const report = sampleReport();

function written(content: unknown, name = "report.json"): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** The report with one part of its third cell changed. */
function damaged(part: Record<string, unknown>): unknown {
  const cells = report.cells.map((cell, i) => (i === 2 ? { ...cell, ...part } : cell));
  return { ...report, cells };
}

/** A report of one cell of a scenario, whose block has something changed. */
function withLoad(change: (block: BlockResult) => BlockResult): unknown {
  const cell = sampleCell({ scenario: "crash", section: 100 });
  const [built, ...none] = sampleReport([
    { cell, blocks: [loadedBlock(recoveryOf([2e6]))], failures: [] },
  ]).cells;
  expect(none).toEqual([]);
  return { ...report, cells: [{ ...built, blocks: built!.blocks.map(change) }] };
}

/** The report with the first block of its first cell changed. */
function withBlock(change: (block: BlockResult) => BlockResult): unknown {
  const cells = report.cells.map((cell, i) =>
    i === 0
      ? { ...cell, blocks: cell.blocks.map((block, j) => (j === 0 ? change(block) : block)) }
      : cell,
  );
  return { ...report, cells };
}

function loadChanged(part: Partial<LoadRecord>): unknown {
  return withLoad((block) => ({ ...block, load: { ...block.load!, ...part } }));
}

describe("readReport", () => {
  test("reads a report from its file and from its folder", () => {
    const path = written(report);
    expect(readReport(path)).toEqual<Report>(report);
    expect(readReport(folder)).toEqual<Report>(report);
    const rich = richReport();
    expect(readReport(written(rich))).toEqual<Report>(rich);
  });

  test("computes every statistic again from the blocks, by the cores of the run", () => {
    const cells = report.cells.map((cell) => ({
      ...cell,
      lostUpdates: 0,
      oversubscribed: !cell.oversubscribed,
      checks: { ...cell.checks, lostUpdates: { seen: 0, trials: 1, bound: 1 } },
      statistics: {
        ...cell.statistics,
        nsPerOperation: report.cells[0]!.statistics.nsPerOperation,
      },
    }));
    const path = written({ ...report, cells, byRuntime: [] });
    expect(readReport(path)).toEqual<Report>(report);
    const environment = { ...report.environment, cores: 1 };
    const [cell] = readReport(written({ ...report, environment })).cells;
    expect(cell!.oversubscribed).toBe(true);
  });

  test("takes a block whose windows were made slower as a whole", () => {
    const changed = written(withBlock((block) => withMean(block, 72)));
    expect(readReport(changed).cells[0]!.blocks[0]!.meanNs).toBeCloseTo(72, 9);
  });

  const empty = join(folder, "empty");
  mkdirSync(empty);
  const text = JSON.stringify(report);

  test.each<readonly [what: string, path: () => string, says: RegExp]>([
    ["no file", () => join(folder, "nothing.json"), /no such file\. Pass a report\.json/],
    ["a folder without a report", () => empty, /the folder has no report\.json/],
    ["no JSON", () => written("# Report"), /it is not JSON/],
    [
      "a report that was cut off",
      () => written(text.slice(0, 5_000)),
      /it is not JSON, or was cut/,
    ],
    ["JSON that is no report", () => written({ cells: [] }), /it is no report of this bench/],
    ["no object", () => written("null"), /it is no report of this bench/],
    ["figures", () => written({ tool: "ticketlock-figures", schemaVersion: 2 }), /it is no report/],
    [
      "a newer report",
      () => written({ ...report, schemaVersion: SCHEMA_VERSION + 1 }),
      new RegExp(
        `made by a newer ticketlock: schema ${SCHEMA_VERSION + 1}, this one reads ${SCHEMA_VERSION}\\. Update`,
      ),
    ],
    [
      "an older report",
      () => written({ ...report, schemaVersion: SCHEMA_VERSION - 1 }),
      new RegExp(`made by an older ticketlock: schema ${SCHEMA_VERSION - 1}.*Measure again`),
    ],
    [
      "a missing part",
      () => written(damaged({ lock: undefined })),
      /damaged: cells\[2\]\.lock: expected string, received undefined/,
    ],
    [
      "a wrong part",
      () => written(damaged({ contenders: -1 })),
      /damaged: cells\[2\]\.contenders: Too small/,
    ],
    [
      "a twin whose key names none",
      () => written(damaged({ twin: 1 })),
      /damaged: cells\[2\]\.key: it is (\S+), and the cell's parts make \1\/twin\./,
    ],
    [
      "a cell that is there twice",
      () => written({ ...report, cells: [...report.cells, report.cells[0]] }),
      /damaged: cells\[11\]\.key: node\/sample\/futex\S+ is there twice/,
    ],
    [
      "a histogram that cannot be decoded",
      () => written(loadChanged({ passedBy: "HISTFAAAAB42pNpmSzMwMDAyAABzFCaEUoz2X+AMAAA" })),
      /damaged: cells\[0\]\.blocks\[0\]\.load\.passedBy: it is no histogram/,
    ],
    [
      "a histogram that is no text of one",
      () =>
        written(
          withLoad((block) => ({ ...block, check: { ...block.check!, histogram: "waits" } })),
        ),
      /damaged: cells\[0\]\.blocks\[0\]\.check\.histogram: it is no histogram/,
    ],
    [
      "a section of more than an hour",
      () => written(loadChanged({ sections: [[0, 0, 1, 1e13]] })),
      /damaged: cells\[0\]\.blocks\[0\]\.load\.sections\[0\]\[3\]: Too big/,
    ],
    [
      "more than 10 000 sections",
      () => written(loadChanged({ sections: Array.from({ length: 10_001 }, () => [0, 0, 1, 2]) })),
      /damaged: cells\[0\]\.blocks\[0\]\.load\.sections: Too big/,
    ],
    [
      "a section of nobody",
      () => written(loadChanged({ sections: [[2, 0, 1, 2]] })),
      /damaged: cells\[0\]\.blocks\[0\]\.load\.sections\[0\]: there are 2 contenders/,
    ],
    [
      "more recoveries than deaths",
      () => written(loadChanged(recoveryOf([1, 2], 1))),
      /load\.recovery\.nextGrantNs: there are 1 deaths/,
    ],
    [
      "more grants than stretches that were looked at",
      () =>
        written(
          loadChanged({ recovery: { ...recoveryOf([1]).recovery!, grants: [1, 2, 3, 4, 5] } }),
        ),
      /load\.recovery: as many grants as covered/,
    ],
    [
      "a share without its time",
      () =>
        written(
          withLoad((block) => ({
            ...block,
            windows: block.windows.map((window) => ({ ...window, spansNs: [1] })),
          })),
        ),
      /damaged: cells\[0\]\.blocks\[0\]\.windows\[0\]: as many shares/,
    ],
    [
      "a mean that its windows do not make",
      () => written(withBlock((block) => ({ ...block, meanNs: block.meanNs * 0.9 }))),
      /damaged: cells\[0\]\.blocks\[0\]\.meanNs: it is 54\S*, and its windows make 60/,
    ],
    [
      "a window's time that its shares and spans do not make",
      () =>
        written(
          withBlock((block) => {
            const windows = block.windows.map((window) => ({
              ...window,
              nsPerOperation: window.nsPerOperation * 0.9,
            }));
            return { ...block, windows, meanNs: mean(windows.map((one) => one.nsPerOperation)) };
          }),
        ),
      /cells\[0\]\.blocks\[0\]\.windows\[0\]\.nsPerOperation: it is 54\S*, and its shares and spans make 60/,
    ],
    [
      "a block called disturbed that nobody disturbed",
      () => written(withBlock((block) => ({ ...block, contaminated: true }))),
      /blocks\[0\]\.contaminated: it is true, and the noise of its windows makes it false/,
    ],
    [
      "a block called undisturbed that others disturbed",
      () =>
        written(
          withBlock((block) => ({
            ...block,
            windows: block.windows.map((window) => ({
              ...window,
              noise: { ...window.noise, othersCores: 0.4 },
            })),
          })),
        ),
      /blocks\[0\]\.contaminated: it is false, and the noise of its windows makes it true/,
    ],
    [
      "more contenders than there can be",
      () => written(damaged({ contenders: 257 })),
      /damaged: cells\[2\]\.contenders: Too big/,
    ],
    [
      "an absurd time",
      () => written(withLoad((block) => ({ ...block, meanNs: 1e300 }))),
      /damaged: cells\[0\]\.blocks\[0\]\.meanNs: Too big/,
    ],
  ])("refuses %s, and says so in one line", (_what, path, says) => {
    const read = (): Report => readReport(path());
    expect(read).toThrow(says);
    expect(read).toThrow(/^Cannot read [^\n]*$/);
    expect(read).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

test("pnpm bench report, compare and explain show no statistic that was edited in the file", async () => {
  const honest = gateReport({ contended: around(72) });
  const cells = honest.cells.map((cell) => ({
    ...cell,
    statistics: gateReport().cells.find(({ key }) => key === cell.key)!.statistics,
  }));
  const path = written({ ...honest, cells }, "edited.json");
  const out = join(folder, "rendered");
  const before = gateReport({ startedAt: "2025-12-31T00:00:00.000Z" });
  const [rendered, explained, compared] = await Promise.all([
    startMain(["report", path, "--out", out]).done,
    startMain(["explain", path, "counter/x2"]).done,
    startMain(["compare", written(before, "before.json"), path]).done,
  ]);
  expect(rendered.code, rendered.stderr).toBe(0);
  const markdown = readFileSync(join(out, "report.md"), "utf8");
  expect(markdown).toContain("72.0 ns");
  expect(markdown).not.toContain("60.0 ns");
  expect(explained.stdout).toContain("72.0 ns per operation");
  expect(compared.stdout).toContain("x1.200");
});

test("pnpm bench report refuses what is no report with exit code 2, and writes nothing", async () => {
  const path = written({ ...report, tool: "other" }, "other.json");
  const out = join(folder, "out");
  const { code, stdout, stderr } = await startMain(["report", path, "--out", out]).done;
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^Cannot read .*no report of this bench.* \[USAGE\]\n$/);
  expect(() => readReport(out)).toThrow(/no such file/);
});
