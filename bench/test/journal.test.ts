import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BlockJournal } from "../src/cli/block-journal.ts";
import { folderOfJournal } from "../src/cli/journal-path.ts";
import { ReportFolder } from "../src/cli/report-folder.ts";
import { cellKey } from "../src/plan/cell.ts";
import { readJournal } from "../src/report/journal.ts";
import { readReport } from "../src/report/read-report.ts";
import { ONE_SCENARIO, startMain } from "./run-main.ts";
import { sampleReport, sampleRuns } from "./sample-report.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const runs = sampleRuns();
const never = "the run ended before its first block";
const notMeasured = runs.map(({ cell }) => ({ key: cellKey(cell), why: never, failures: [] }));
const header = sampleReport([], { notMeasured });

function newJournal(said: string[] = []): BlockJournal {
  const path = join(folder, "out.journal-01234567.jsonl");
  return new BlockJournal(path, header, performance.now(), (line) => said.push(line));
}

describe("A journal of a run", () => {
  test("makes a partial report of the blocks that there are, and of those that failed", () => {
    const journal = newJournal();
    const [first, second] = runs as [(typeof runs)[0], (typeof runs)[0]];
    for (const block of first.blocks) journal.add(first.cell, { block });
    journal.add(first.cell, { failure: "it was stuck" });
    journal.add(second.cell, { failure: "it was stuck, too" });
    const report = readJournal(journal.path);
    const [cell, ...others] = report.cells;
    expect(others).toEqual([]);
    const whole = sampleReport().cells[0]!;
    expect(cell!.blocks).toEqual(whole.blocks);
    expect(cell!.statistics.nsPerOperation).toEqual(whole.statistics.nsPerOperation);
    expect(cell!.failures).toEqual(["it was stuck"]);
    expect(report.partial).toBe(true);
    expect(report.notMeasured.map(({ why }) => why).toSorted()).toEqual(
      ["it was stuck, too", ...runs.slice(2).map(() => never)].toSorted(),
    );
    expect(journal.close()).toBe(true);
  });

  test("may end in the midst of a line, as a killed run leaves it", () => {
    const journal = newJournal();
    journal.add(runs[0]!.cell, { block: runs[0]!.blocks[0]! });
    appendFileSync(journal.path, '{"afterMs":5,"cell":{"runt');
    expect(readJournal(journal.path).cells).toHaveLength(1);
    journal.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is gone where there is no block in it, and once the report is written", () => {
    expect(newJournal().close()).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("that cannot be written costs nothing but a line, and takes no file's place", () => {
    const path = join(folder, "out.journal-01234567.jsonl");
    writeFileSync(path, "mine");
    const said: string[] = [];
    const journal = newJournal(said);
    journal.add(runs[0]!.cell, { block: runs[0]!.blocks[0]! });
    expect(journal.close()).toBe(false);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^Cannot keep blocks in .*EEXIST.*The run goes on without/);
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  test.each([
    ["no journal", "{}\n", /no journal of this bench/],
    ["an empty file", "", /line 1 is not JSON/],
    ["a line that is none", `${line(header)}{}\n`, /damaged: line 2: afterMs/],
    ["a report as its first line", `${JSON.stringify(header)}\n`, /no journal of this bench/],
    ["a header of another schema", `${line({ ...header, schemaVersion: 1 })}`, /older ticketlock/],
  ])("is refused in one line: %s", (_, content, says) => {
    const path = join(folder, "x.jsonl");
    writeFileSync(path, content);
    expect(() => readJournal(path)).toThrow(says);
  });

  function line(report: unknown): string {
    return `${JSON.stringify({ tool: "ticketlock-bench-journal", report })}\n`;
  }

  test("has a name that leads to the folder of its report, which may be there already or not", () => {
    const fresh = new ReportFolder(join(folder, "out"));
    const there = new ReportFolder(folder);
    expect(folderOfJournal(fresh.journalPath())).toBe(join(folder, "out"));
    expect(folderOfJournal(there.journalPath())).toBe(`${folder}/`);
    expect(folderOfJournal("renamed.jsonl")).toBe("renamed-report");
    for (const one of [fresh, there]) one.close();
  });
});

test("a run that is killed leaves its blocks, and pnpm bench report makes a partial report of them", async () => {
  const out = join(folder, "out");
  const main = startMain([...ONE_SCENARIO, "--preset", "smoke", "--out", out]);
  await main.seen(/^\[ *3\/\d+\] /m);
  main.child.kill("SIGKILL");
  await main.done;
  const [journal, ...others] = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  expect(others).toEqual([]);
  const { code, stdout, stderr } = await startMain(["report", join(folder, journal!)]).done;
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("report.json");
  const report = readReport(out);
  expect(report.partial).toBe(true);
  expect(report.cells.flatMap(({ blocks }) => blocks).length).toBeGreaterThanOrEqual(2);
  expect(report.notMeasured.length).toBeGreaterThan(0);
}, 120_000);
