import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ReportFolder } from "../src/cli/report-folder.ts";
import { pointLatest, writeMeasured } from "../src/cli/write-report.ts";
import { renderFiles } from "../src/report/render-files.ts";
import { startMain } from "./run-main.ts";
import { sampleReport } from "./sample-report.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const files = [
  { name: "report.json", content: "{}" },
  { name: "report.md", content: "# new" },
];

describe("ReportFolder", () => {
  test("makes a new folder appear with all its files and those above it, and nothing beside it", () => {
    const out = join(folder, "far", "below", "out");
    const reportFolder = new ReportFolder(out);
    expect(readdirSync(folder)).not.toContain("far");
    reportFolder.publish(files);
    expect(readdirSync(folder)).toEqual(["far"]);
    expect(readdirSync(join(folder, "far", "below"))).toEqual(["out"]);
    expect(readdirSync(out).sort()).toEqual(["report.json", "report.md"]);
    expect(readFileSync(join(out, "report.md"), "utf8")).toBe("# new");
  });

  test("replaces its own files in a folder that has others, and leaves those", () => {
    writeFileSync(join(folder, "report.md"), "# old");
    writeFileSync(join(folder, "notes.txt"), "mine");
    new ReportFolder(folder).publish(files);
    expect(readdirSync(folder).sort()).toEqual(["notes.txt", "report.json", "report.md"]);
    expect(readFileSync(join(folder, "report.md"), "utf8")).toBe("# new");
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
  });

  test("comes to stand beside others in a folder that somebody else has made meanwhile", () => {
    const reports = ["a", "b"].map((name) => new ReportFolder(join(folder, "new", name)));
    for (const report of reports) report.publish(files);
    expect(readdirSync(folder)).toEqual(["new"]);
    expect(readdirSync(join(folder, "new"))).toEqual(["a", "b"]);
  });

  test("leaves nothing behind when it is closed before it was written, nor a folder above it", () => {
    new ReportFolder(join(folder, "far", "below", "out")).close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("leaves nothing behind where the folder cannot be made at all", () => {
    const path = join(folder, "far", "x".repeat(300), "out");
    expect(() => new ReportFolder(path)).toThrow(/Cannot write a report to .*ENAMETOOLONG/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("takes away what an earlier report has left, where it is told to, and nothing else", () => {
    for (const name of ["report.md", "shares-a.svg", "notes.svg"])
      writeFileSync(join(folder, name), "old");
    mkdirSync(join(folder, "folder.svg"));
    const earlier = ["report.md", "shares-a.svg", "folder.svg", "gone.svg"];
    new ReportFolder(folder).publish(files, earlier);
    expect(readdirSync(folder).sort()).toEqual([
      "folder.svg",
      "notes.svg",
      "report.json",
      "report.md",
    ]);
    expect(readFileSync(join(folder, "report.md"), "utf8")).toBe("# new");
  });

  test("replaces no file where one of them cannot be replaced", () => {
    writeFileSync(join(folder, "report.json"), "old");
    mkdirSync(join(folder, "report.md"));
    expect(() => new ReportFolder(folder).publish(files)).toThrow(
      /^Cannot write a report to .*report\.md is a folder\. Nothing was written there\. Pass/,
    );
    expect(readdirSync(folder).sort()).toEqual(["report.json", "report.md"]);
    expect(readFileSync(join(folder, "report.json"), "utf8")).toBe("old");
  });

  test("does not take the place of a folder that has been filled meanwhile", () => {
    const out = join(folder, "out");
    const reportFolder = new ReportFolder(out);
    mkdirSync(out);
    writeFileSync(join(out, "report.md"), "# somebody else's");
    expect(() => reportFolder.publish(files)).toThrow(/Nothing was written there/);
    expect(readdirSync(folder)).toEqual(["out"]);
    expect(readFileSync(join(out, "report.md"), "utf8")).toBe("# somebody else's");
  });
});

describe("writeMeasured", () => {
  /** The folder is gone by the time that the run is through. */
  function lostFolder(): ReportFolder {
    const parent = join(folder, "parent");
    mkdirSync(parent);
    const lost = new ReportFolder(join(parent, "out"));
    rmSync(parent, { recursive: true });
    return lost;
  }

  test("keeps the files among the temporary ones where their folder cannot be written, and says where", () => {
    const temporary = join(folder, "tmp");
    vi.stubEnv("TMPDIR", temporary);
    expect(() => writeMeasured(lostFolder(), files)).toThrow(
      /Cannot write a report to .*ENOENT.*The report is kept in \S+\/tmp\/ticketlock-report-\w+: move it from there\.$/,
    );
    const [kept, ...others] = readdirSync(temporary);
    expect(others).toEqual([]);
    expect(readFileSync(join(temporary, kept!, "report.json"), "utf8")).toBe("{}");
  });

  test("says so where neither can be written", () => {
    writeFileSync(join(folder, "a-file"), "");
    vi.stubEnv("TMPDIR", join(folder, "a-file"));
    expect(() => writeMeasured(lostFolder(), files)).toThrow(/could not be kept in .* either\.$/);
  });
});

describe("pointLatest", () => {
  test("points at the newest report", () => {
    for (const name of ["first", "second"]) {
      new ReportFolder(join(folder, name)).publish(files);
      pointLatest(join(folder, name));
    }
    expect(readdirSync(folder).sort()).toEqual(["first", "latest", "second"]);
    writeFileSync(join(folder, "second", "mark"), "");
    expect(readdirSync(join(folder, "latest"))).toContain("mark");
  });

  test("names the report where something else has that name", () => {
    new ReportFolder(join(folder, "out")).publish(files);
    mkdirSync(join(folder, "latest"));
    expect(() => pointLatest(join(folder, "out"))).toThrow(/Cannot point .*The report is in .*out/);
    expect(readdirSync(folder).sort()).toEqual(["latest", "out"]);
  });
});

describe("pnpm bench report with no room left", () => {
  const report = sampleReport();
  const source = (): string => {
    const path = join(folder, "source.json");
    writeFileSync(path, JSON.stringify(report));
    return path;
  };
  /** Files of this process may have 1 kB: the write fails in the midst of the file, as on a full disk. */
  const limits = { fileKilobytes: 1 };

  test("writes nothing, says what to do in one line, and exits 70", async () => {
    const done = await startMain(["report", source(), "--out", join(folder, "out")], limits).done;
    expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 70, stdout: "" });
    expect(done.stderr).toMatch(
      /^Cannot write a report to .*EFBIG.*Nothing was written.*Make room/,
    );
    expect(done.stderr.trim().split("\n")).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(["source.json"]);
  });

  test("leaves the files of a folder as they were", async () => {
    const out = join(folder, "out");
    mkdirSync(out);
    writeFileSync(join(out, "report.md"), "# old");
    const { code } = await startMain(["report", source(), "--out", out], limits).done;
    expect(code).toBe(70);
    expect(readdirSync(out)).toEqual(["report.md"]);
    expect(readFileSync(join(out, "report.md"), "utf8")).toBe("# old");
  });

  test("would write all files with room enough", async () => {
    const out = join(folder, "out");
    const { code, stderr } = await startMain(["report", source(), "--out", out], {
      fileKilobytes: 100_000,
    }).done;
    expect(code, stderr).toBe(0);
    expect(readdirSync(out).sort()).toEqual(
      renderFiles(report)
        .map(({ name }) => name)
        .sort(),
    );
  });
});
