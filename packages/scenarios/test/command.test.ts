import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { scenarios } from "../src/index.ts";
import { candidates } from "./adapters.ts";
import { runCli } from "./run-cli.ts";

const all = await candidates();

test("scenario alone lists every story with a line each", async () => {
  const { code, stdout, stderr } = await runCli([]);
  const names = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ")[0]);
  expect(names).toEqual(Object.keys(scenarios));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("scenario --help names the options and the adapters there are", async () => {
  const { code, stdout } = await runCli(["--help"]);
  expect(code).toBe(0);
  for (const word of [
    "--think",
    "--free-running",
    "--store-path",
    ...all.map(({ entry }) => entry.name),
  ]) {
    expect(stdout).toContain(word);
  }
});

describe.each(all.filter(({ playable }) => playable.includes("misplaced-mutex")))(
  "on $entry.name",
  ({ entry }) => {
    test("a pipe gets plain lines, and JSON only as the last one where it is asked for", async () => {
      const args = ["unlocked", "--adapter", entry.name, "--contenders", "2", "--think", "1"];
      const { stdout } = await runCli(args);
      expect(stdout).not.toContain("\u001B");
      expect(stdout).not.toContain("{");
      const lines = (await runCli([...args, "--json"])).stdout.trimEnd().split("\n");
      expect(lines.filter((line) => line.startsWith("{"))).toEqual([lines.at(-1)]);
    });

    test.runIf(process.platform === "linux")(
      "Ctrl-C ends it with 130, and leaves neither process nor file",
      async () => {
        const temporary = mkdtempSync(join(tmpdir(), "ticketlock-interrupted-"));
        onTestFinished(() => rmSync(temporary, { recursive: true }));
        let interrupted = false;
        const result = await runCli(
          ["misplaced-mutex", "--adapter", entry.name, "--think", "5000", "--contenders", "3"],
          {
            env: { TMPDIR: temporary },
            onOutput: (_, id) => {
              if (interrupted) return; // a second one would not wait for the clean-up
              interrupted = true;
              expect(readdirSync(temporary)).not.toEqual([]);
              process.kill(id, "SIGINT");
            },
          },
        );
        expect(result).toMatchObject({ code: 130, stderr: "" });
        expect(readdirSync(temporary)).toEqual([]);
        await vi.waitUntil(() => processesWith(`TMPDIR=${temporary}`).length === 0, {
          timeout: 10_000,
          interval: 20,
        });
      },
    );
  },
);

/** Processes that were started with this in their environment. */
function processesWith(variable: string): string[] {
  return readdirSync("/proc").filter((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      return readFileSync(`/proc/${id}/environ`, "utf8").split("\0").includes(variable);
    } catch {
      return false; // gone meanwhile, or another user's
    }
  });
}
