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
  [["compete"], /Cannot measure compete\. Allowed: peers/],
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
