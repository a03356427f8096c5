import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startMain } from "./run-main.ts";

const folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
const file = join(folder, "a-file");
writeFileSync(file, "");
afterAll(() => rmSync(folder, { recursive: true }));

const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [["--preset", "slow"], /slow.*smoke, quick, standard, full/],
  [["--speed", "9"], /unknown option '--speed'.*--preset/],
  [["compete"], /Cannot measure compete\. Allowed: peers.*compare, explain, report, baseline/],
  [["--preset"], /argument missing/],
  [["--adapter", "nobody"], /nobody.*Known: /],
  [["--adapter", ","], /--adapter/],
  [["--adapter", "worker-threads+nobody"], /nobody.*Known: /],
  [["--adapter", "worker-threads+node-cluster"], /threads and some are processes/],
  [["--adapter", "worker-threads+bun-adapter/workers"], /not those of bun-adapter.*a comma/],
  [["--adapter", "node-cluster+bun-adapter", "--contenders", "1"], /with 1 contenders.*2 and more/],
  [["--lock", "padlock"], /padlock.*Allowed: /],
  [["--lock", "none"], /none.*Allowed: /],
  [["--store", "shop"], /shop.*Allowed: /],
  [["--contenders", "0"], /--contenders 0.*1 to 256/],
  [["--contenders", "1000000"], /1000000.*1 to 256/],
  [["--contenders", "two"], /two.*1 to 256/],
  [["--contenders", "1,"], /--contenders/],
  [["--section", "-1"], /--section -1.*0 to 10000/],
  [["--section", "1.5"], /1\.5.*0 to 10000/],
  [["--scenario", "stampede"], /stampede.*line-up, open-50, .*crash/],
  [["--budget", "1"], /--budget 1\..*10 to/],
  [["--budget", "10"], /any lock or sale: no cell of it fits into 10 s/],
  [["--seed", "x"], /--seed x.*0 to 2147483647/],
  [["--seed", "99999999999"], /99999999999/],
  [["--out", join(file, "below")], /Cannot write a report to/],
  [
    ["--seed", "5", "compare"],
    /Cannot measure compare\..*other commands, which come first: compare/,
  ],
  [["compare"], /two reports, and 0 were given.*A\.json B\.json.*--baseline.*--worktree/],
  [["compare", file], /two reports, and 1 was given/],
  [["compare", file, file, file], /two reports, and 3 were given/],
  [["compare", file, file], /a-file: it is not JSON/],
  [["compare", "nowhere", file], /nowhere: no such file/],
  [["compare", file, file, "--preset", "quick"], /Cannot use --preset: reports are compared as/],
  [["compare", file, file, "--baselines", folder], /--baselines without --baseline/],
  [["compare", "--baseline", file, file], /one report besides the baseline, and 2 were given/],
  [["compare", "--baseline", file, "--allow-different-machine"], /with --baseline, which is this/],
  [["compare", "--worktree", "HEAD", file], /--worktree measures A and B itself/],
  [["compare", "--worktree", "HEAD", "--preset", "slow"], /slow.*smoke, quick, standard, full/],
  [["compare", "--faster"], /unknown option '--faster'.*bench compare \[reports\].*--worktree/],
  [["explain", file], /missing required argument 'cell'.*bench explain <report\.json> <cell>/],
  [["explain", "nowhere", "x2"], /nowhere: no such file/],
  [["report"], /missing required argument.*bench report <report\.json>, --out/],
  [["report", folder], /the folder has no report\.json/],
  [["baseline"], /missing required argument 'save'/],
  [["baseline", "load"], /Cannot do load with a baseline\. Allowed: baseline save/],
  [["baseline", "save", file], /from 1 reports: two that agree are needed, or none/],
  [["baseline", "save", file, file, "--seed", "5"], /Cannot use --seed with reports/],
  [["baseline", "save", file, file], /a-file: it is not JSON/],
  [["baseline", "save", "--preset", "smoke"], /preset smoke: nothing can be concluded/],
];

describe("pnpm bench refuses in one line, with exit code 2 and no stack", () => {
  test.each(cases)("%j", async (args, says) => {
    const { code, stdout, stderr } = await startMain(args).done;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(says);
    expect(stderr.trim()).toMatch(/ \[[A-Z_]+\]$/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

test("pnpm figures refuses an unknown figure and names those there are", async () => {
  const { code, stderr } = await startMain(["speed-of-light"], { script: "figures/main" }).done;
  expect(code).toBe(2);
  expect(stderr).toMatch(/speed-of-light.*Allowed: uncontended-pthread/);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("--help explains and exits 0", async () => {
  const { code, stdout } = await startMain(["--help"]).done;
  expect(code).toBe(0);
  expect(stdout).toContain("--contenders");
});
