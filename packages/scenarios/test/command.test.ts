import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type ScenarioName, scenarios } from "../src/index.ts";
import { candidates } from "./adapters.ts";
import { runCli, verdictOf } from "./run-cli.ts";

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

test.each(Object.keys(scenarios) as ScenarioName[])(
  "%s without --adapter takes the first adapter that can play it",
  async (scenario) => {
    const first = all.find(({ playable }) => playable.includes(scenario));
    const args = [scenario, "--think", "1", "--free-running", "--json"];
    const small = { counter: ["--steps", "10"], "flash-sale": ["--capacity", "10"] };
    const result = await runCli([...args, ...(small[scenario as keyof typeof small] ?? [])]);
    expect(result.stderr).toBe("");
    expect(verdictOf(result)).toMatchObject({ scenario, adapter: first?.entry.name });
  },
);

test("an adapter that cannot play a story is refused with the names of those that can", async () => {
  const able = all.filter(({ playable }) => playable.includes("atomic"));
  const unable = all.find((candidate) => !able.includes(candidate));
  if (unable === undefined) return; // every adapter here can
  const { code, stderr } = await runCli(["atomic", "--adapter", unable.entry.name]);
  expect(code).toBe(2);
  for (const { entry } of able) expect(stderr).toContain(`--adapter ${entry.name}`);
  expect(stderr).not.toContain("other.");
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
