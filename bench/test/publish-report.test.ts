import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { earlierReportFiles } from "../src/cli/earlier-report.ts";
import { publishData, publishReadable } from "../src/cli/publish-report.ts";
import { ReportFolder } from "../src/cli/report-folder.ts";
import { renderFiles } from "../src/report/render-files.ts";
import type { Report } from "../src/report/report.ts";
import { richReport } from "./rich-report.ts";
import { sampleReport } from "./sample-report.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const report = sampleReport();
const rich = richReport();

function publish(one: Report): readonly string[] {
  const { isWritten, failures } = publishData(new ReportFolder(folder), one);
  expect(isWritten).toBe(true);
  return [...failures, ...publishReadable(folder, one)];
}

function namesOf(one: Report): string[] {
  return renderFiles(one)
    .map(({ name }) => name)
    .toSorted();
}

describe("A report's files", () => {
  test("take the places of all that an earlier report had there, and of nothing else", () => {
    writeFileSync(join(folder, "shares-mine.svg"), "<svg>mine</svg>");
    expect(publish(rich)).toEqual([]);
    const before = namesOf(rich).filter((name) => !namesOf(report).includes(name));
    expect(before.length).toBeGreaterThan(3);
    expect(publish(report)).toEqual([]);
    expect(readdirSync(folder).toSorted()).toEqual(
      [...namesOf(report), "shares-mine.svg"].toSorted(),
    );
  });

  test("are all known as its own where there is another; nobody else's is, whatever it is called", () => {
    publish(rich);
    const own = namesOf(rich).filter((name) => name !== "report.json");
    expect(earlierReportFiles(folder).toSorted()).toEqual(own);
    const picture = own.find((name) => name.endsWith(".svg"))!;
    writeFileSync(join(folder, picture), "<svg>drawn by hand</svg>");
    expect(earlierReportFiles(folder)).not.toContain(picture);
    writeFileSync(join(folder, "report.md"), `# Mine\n\n![it](${picture})`);
    writeFileSync(join(folder, "report.html"), "<!doctype html>\n<h1>Mine</h1>");
    expect(earlierReportFiles(folder)).toEqual([]);
  });
});

describe("A report that cannot be rendered", () => {
  const broken: Report = { ...rich, peers: null as never };

  test("has its data written all the same, with what else comes about; what did not is told", () => {
    publish(report);
    const failures = publish(broken);
    expect(failures.map((failure) => failure.split(":")[0])).toEqual([
      "report.json is not as its schema says",
      "Cannot render report.md",
      "Cannot render report.html",
    ]);
    const left = readdirSync(folder);
    expect(left).not.toContain("report.md"); // which would be that of another run
    expect(left.filter((name) => name.endsWith(".svg")).length).toBeGreaterThan(3);
    const written = JSON.parse(readFileSync(join(folder, "report.json"), "utf8")) as Report;
    expect(written.cells).toHaveLength(rich.cells.length);
  });
});
