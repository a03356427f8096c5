import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROOT } from "../src/cli/root.ts";
import { readReport } from "../src/report/read-report.ts";
import { gitCall } from "../src/environment/git-call.ts";
import { processesWith } from "@ticketlock/conformance/kit";
import { ONE_ADAPTER, startMain } from "./run-main.ts";

let folder: string;
let temporary: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
  temporary = join(folder, "tmp");
  out = join(folder, "out");
  mkdirSync(temporary);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ARGS = ["compare", "--worktree", "HEAD", ...ONE_ADAPTER, "--preset", "smoke"];
const LIMIT_MS = 180_000;

/** What git has checked out, and what lies in the folder for temporary files. */
function traces(): string[] {
  const { args, options } = gitCall(ROOT, "worktree", "list", "--porcelain");
  const listed = execFileSync("git", args, { ...options, encoding: "utf8" });
  return [
    ...listed.split("\n").filter((line) => line.includes(folder)),
    ...readdirSync(temporary).filter((name) => /^ticketlock-[0-9a-f]{12}-/.test(name)),
  ];
}

/**
 * A pnpm in a folder of its own that installs for ever: it starts a grandchild that heeds no SIGTERM and fills the
 * checkout with files, and does not end before that one.
 * @returns a pipe from which can be read once all of that runs
 */
function stubbornInstall(): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const pipe = join(bin, "pipe");
  execFileSync("mkfifo", [pipe]);
  writeFileSync(
    join(bin, "pnpm"),
    `#!/bin/bash
if [ "$1" = --version ]; then echo 12.21.0; exit; fi
mkdir node_modules
(trap '' TERM INT
while :; do mkdir -p "$PWD/node_modules/$RANDOM"; sleep 0.01; done) >/dev/null 2>&1 </dev/null &
echo > ${pipe}
wait
`,
  );
  chmodSync(join(bin, "pnpm"), 0o755);
  return pipe;
}

describe("pnpm bench compare --worktree", () => {
  test(
    "measures the commit by its own code and this tree by its own, block by block, and leaves no checkout behind",
    { timeout: LIMIT_MS },
    async () => {
      const main = startMain([...ARGS, "--out", out], { env: { TMPDIR: temporary } });
      await main.seen(/^\[1\/\d+\] /m);
      const [checkout, ...moreTraces] = traces().filter((line) => !line.startsWith("worktree "));
      expect(moreTraces).toEqual([]);
      expect(existsSync(join(temporary, checkout!, "bench/src/jobs/block.ts"))).toBe(true);
      const { code, stdout, stderr } = await main.done;
      // A smoke run is too little to conclude anything from.
      expect(code, stderr).toBe(2);
      expect(stdout).toMatch(/^Old: HEAD, commit [0-9a-f]{12}, .*\nNew: this tree/);
      expect(stdout).toMatch(/Nothing can be concluded from A/);
      expect(readdirSync(folder).sort()).toEqual(["out", "tmp"]);
      expect(readdirSync(out).sort()).toEqual(["a.json", "b.json", "compare.md"]);
      const [a, b] = ["a.json", "b.json"].map((name) => readReport(join(out, name)));
      expect(a!.cells.length).toBeGreaterThan(0);
      expect(a!.cells.map(({ key }) => key)).toEqual(b!.cells.map(({ key }) => key));
      expect(a!.cells.every(({ blocks }) => blocks.length === 1)).toBe(true);
      const others = a!.cells.filter(({ gate }) => !gate).map(({ lock }) => lock);
      expect(others).toEqual(["broken"]);
      expect(readFileSync(join(out, "compare.md"), "utf8")).toContain("compare --worktree HEAD");
      expect(traces()).toEqual([]);
    },
  );

  test(
    "stops its children on Ctrl-C, removes the checkout, writes what was measured, and exits 130",
    { timeout: LIMIT_MS },
    async () => {
      const marker = `marker-${randomUUID()}`;
      const main = startMain([...ARGS, "--out", out], {
        env: { TMPDIR: temporary, TICKETLOCK_TEST_MARKER: marker },
      });
      await main.seen(/^\[1\/\d+\] /m);
      main.child.kill("SIGINT");
      const { code, stdout } = await main.done;
      expect(code, stdout).toBe(130);
      expect(readReport(join(out, "a.json")).partial).toBe(true);
      expect(readdirSync(folder).sort()).toEqual(["out", "tmp"]);
      expect(traces()).toEqual([]);
      expect(processesWith(marker)).toEqual([]);
    },
  );

  test(
    "stops an install on Ctrl-C with all that it has started, asked once or twice, and leaves nothing of it",
    { timeout: LIMIT_MS },
    async () => {
      for (const times of [1, 2]) {
        const marker = `marker-${randomUUID()}`;
        const installing = stubbornInstall();
        const main = startMain([...ARGS, "--out", out], {
          env: {
            TMPDIR: temporary,
            TICKETLOCK_TEST_MARKER: marker,
            npm_execpath: "",
            PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
          },
        });
        const ended = main.done.then(({ stderr }) => Promise.reject(new Error(stderr)));
        await Promise.race([readFile(installing), ended]);
        expect(processesWith(marker).length).toBeGreaterThan(2);
        main.child.kill("SIGINT");
        if (times === 2) {
          await main.seen(/^Stopping/m);
          main.child.kill("SIGINT");
        }
        const { code, stdout } = await main.done;
        await ended.catch(() => {});
        expect(code, stdout).toBe(130);
        const left = processesWith(marker);
        for (const pid of left) process.kill(Number(pid), "SIGKILL");
        expect(left).toEqual([]);
        expect(traces()).toEqual([]);
        expect(readdirSync(folder).sort()).toEqual(["bin", "tmp"]);
        rmSync(join(folder, "bin"), { recursive: true });
      }
    },
  );

  test(
    "removes the checkout also when it is stopped twice, at once",
    { timeout: LIMIT_MS },
    async () => {
      const main = startMain([...ARGS, "--out", out], { env: { TMPDIR: temporary } });
      await main.seen(/^In HEAD: /m);
      main.child.kill("SIGINT");
      await main.seen(/^Stopping/m);
      main.child.kill("SIGINT");
      expect((await main.done).code).toBe(130);
      expect(traces()).toEqual([]);
      expect(readdirSync(folder)).toEqual(["tmp"]);
    },
  );

  test("refuses what git does not know, and what the trees cannot both do, in one line", async () => {
    const refusals: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [["--worktree", "no-such-branch"], /no-such-branch: git finds no such commit here/],
      [["--worktree", "--force"], /git finds no such commit here/],
      [["--worktree", "HEAD", "--adapter", "nobody"], /nobody.*Known: /],
      [["--worktree", "HEAD", "--store", "shop"], /Cannot use --store with --worktree/],
    ];
    for (const [args, says] of refusals) {
      const { code, stdout, stderr } = await startMain(["compare", ...args], {
        env: { TMPDIR: temporary },
      }).done;
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(says);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(traces()).toEqual([]);
    }
  });
});
