import { readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../src/cli/root.ts";
import { readReport } from "../src/report/read-report.ts";
import { renderTerminal } from "../src/report/terminal.ts";
import { committedReports } from "./committed-reports.ts";

const presets = ["quick", "standard"];
const all = presets.flatMap(committedReports);

test.each(presets)("A %s report is committed", (preset) => {
  expect(committedReports(preset)).not.toEqual([]);
});

test.each(all.map((path) => ({ name: basename(path), path })))(
  "$name can be read, so it is of the current schema, and is whole",
  ({ name, path }) => {
    const { preset, partial, environment } = readReport(path);
    expect(`${preset}-${environment.startedAt.slice(0, 10)}`).toBe(name);
    expect({ partial, dirty: environment.dirty }).toEqual({ partial: false, dirty: false });
  },
);

describe("README", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const latest = committedReports("quick").at(-1)!;
  const [, before, printed] = /<!-- bench output -->\n(.*?)```text\n(.*?)```/s.exec(readme)!;

  test("shows what the bench prints of the latest quick report; pnpm generate writes it", () => {
    expect(printed).toBe(renderTerminal(readReport(latest), false));
  });

  test("links the latest reports, under the date of the quick one", () => {
    const linked = [...before!.matchAll(/bench\/results\/committed\/(?:quick|standard)-[\d-]+/g)];
    const named = presets.map((preset) => relative(ROOT, committedReports(preset).at(-1)!));
    expect(new Set(linked.map(([path]) => path))).toEqual(new Set(named));
    expect(before).toContain(`printed on ${basename(latest).replace("quick-", "")}`);
  });
});
