import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { caseNames } from "../src/index.ts";

const packageFolder = dirname(import.meta.dirname);
const readme = readFileSync(join(packageFolder, "README.md"), "utf8");
/** Below the package, so that its dependencies are found; ignored by git. */
const folder = join(packageFolder, "test-results", "readme");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("README lists the cases that there are", () => {
  const headings = {
    lock: "Of a lock",
    store: "Of a ticket store",
    mode: "Of a selling mode",
    launcher: "Of a launcher",
    runtimes: "Between runtimes",
  };
  const about = Object.keys(headings) as (keyof typeof headings)[];
  const lists = about.map((what) =>
    [`**${headings[what]}**`, ...caseNames[what].map((name) => `- ${name}`)].join("\n"),
  );
  expect(readme).toContain(lists.map((list) => list.replace("\n", "\n\n")).join("\n\n"));
});

test("README's test of a user's own passes as it stands, over two adapters", () => {
  for (const [, path, text] of readme.matchAll(/```ts\n\/\/ (\S+\.ts)\n([^]*?)```/g)) {
    const file = join(folder, path!);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text!);
  }
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
    "vitest.mjs",
  );
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_OPTIONS|NODE_CHANNEL)/.test(name),
  );
  const file = join(folder, "report.json");
  // vitest's own limit of 5 s is little for processes that start on a busy machine.
  const flags = [
    "--root",
    folder,
    "--reporter",
    "json",
    "--outputFile",
    file,
    "--testTimeout",
    "60000",
  ];
  execFileSync(process.execPath, [vitest, "run", ...flags], { env: Object.fromEntries(own) });
  const report = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  expect([report["numPassedTests"], report["numFailedTests"]]).toEqual([2, 0]);
});
