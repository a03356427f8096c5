import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeBlocks } from "../markdown.ts";
import { captureCommand, type CommandResult } from "../run-command.ts";
import { repositoryRoot, workspacePackages } from "../workspace.ts";

const runLimitMs = 50_000;

/** The blocks of the README that are files: what a reader copies must work as it stands. */
const files = new Map(
  codeBlocks(readFileSync(join(repositoryRoot, "README.md"), "utf8")).flatMap(({ file, code }) =>
    file === undefined ? [] : [[file, code] as const],
  ),
);

/** A project of a user's own, outside the workspace, with the packages installed. */
let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "ticketlock-readme-"));
  writeFileSync(join(project, "package.json"), `{ "private": true, "type": "module" }\n`);
  const scope = join(project, "node_modules", "@ticketlock");
  mkdirSync(scope, { recursive: true });
  for (const { folder, manifest } of workspacePackages()) {
    if (manifest.private !== true)
      symlinkSync(folder, join(scope, manifest.name.replace(/^.*\//, "")), "dir");
  }
  for (const name of ["vitest", "typescript"])
    symlinkSync(join(repositoryRoot, "node_modules", name), join(project, "node_modules", name));
  mkdirSync(join(project, "node_modules", "@types"));
  symlinkSync(
    join(repositoryRoot, "node_modules", "@types", "node"),
    join(project, "node_modules", "@types", "node"),
  );
  for (const [file, code] of files) writeFileSync(join(project, file), code);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

function run(...commandArguments: readonly string[]): CommandResult {
  return captureCommand(process.execPath, commandArguments, {
    cwd: project,
    // This test runs in vitest itself: its settings are not the user's.
    env: { NODE_OPTIONS: "", VITEST: "", TICKETLOCK_ADAPTER: "" },
    timeoutMs: runLimitMs,
  });
}

test("the README's examples are the files that these tests run", () => {
  expect([...files.keys()].toSorted()).toEqual([
    "buy.ts",
    "processes.js",
    "threads.js",
    "tickets.test.ts",
  ]);
});

test("the README's example for threads loses no addition", () => {
  expect(run("threads.js")).toMatchObject({ ok: true, output: "6 of 6 additions\n" });
});

test("the README's example for processes grants the lock twice, with rising tokens", () => {
  const { ok, output } = run("processes.js");
  expect({ ok, output }).toMatchObject({ ok: true });
  // The name is the host's: others may have had the lock before.
  const [first, second, ...others] = [...output.matchAll(/token (\d+)/g)].map(([, token]) => Number(token)); // prettier-ignore
  expect(second).toBeGreaterThan(first!);
  expect(others).toEqual([]);
});

describe("the README's test of a user's own", () => {
  const vitest = join("node_modules", "vitest", "vitest.mjs");

  test("has ten lines", () => {
    const lines = files.get("tickets.test.ts")!.split("\n");
    expect(lines.filter((line) => line.trim() !== "")).toHaveLength(10);
  });

  test("compiles", () => {
    const tsc = join("node_modules", "typescript", "bin", "tsc");
    const settings = [
      ..."--strict --noEmit --skipLibCheck --allowImportingTsExtensions".split(" "),
      ..."--module NodeNext --target ESNext --types node tickets.test.ts".split(" "),
    ];
    expect(run(tsc, ...settings)).toEqual({ ok: true, output: "" });
  });

  test("passes over both adapters", () => {
    const { ok, output } = run(vitest, "run", "--reporter=verbose", "--no-color");
    expect({ ok, output }).toMatchObject({ ok: true });
    expect(output).toMatch(/worker-threads sells one ticket once/);
    expect(output).toMatch(/node-cluster sells one ticket once/);
    expect(output).toMatch(/Tests +2 passed \(2\)/);
  });

  test("fails over both adapters without the lock, and leaves no file behind", () => {
    const unlocked = files
      .get("buy.ts")!
      .replace(
        "contender.lock().runExclusive(async ({ token }) => {",
        "(async (token = undefined) => {",
      )
      .replace("await contender.store.write", 'await contender.meet("before writing");\n$&')
      .replace(/, \{ token \}\);/, ");")
      .replace(/\}\);\n$/, "})();\n");
    writeFileSync(join(project, "buy.ts"), unlocked);
    const { ok, output } = run(vitest, "run", "--no-color");
    expect({ ok, output }).toMatchObject({ ok: false });
    expect(output).toMatch(/Tests +2 failed \(2\)/);
    expect(output).toMatch(/AssertionError/);
    expect(readdirSync(project).toSorted()).toEqual([
      "buy.ts",
      "node_modules",
      "package.json",
      "processes.js",
      "threads.js",
      "tickets.test.ts",
    ]);
  });
});
