import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { isRunning, testState } from "./session-kit.ts";

const program = (name: string): string =>
  fileURLToPath(new URL(`./programs/${name}.mjs`, import.meta.url));
const workload = (name: string): string => new URL(`./workloads/${name}.ts`, import.meta.url).href;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of a cluster's user to its end. */
async function runProgram(
  name: string,
  programArguments: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [program(name), ...programArguments], {
    env: { PATH: process.env["PATH"], ...env },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => (output.stdout += text));
  child.stderr.on("data", (text) => (output.stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}

describe("openMutex in a cluster", () => {
  it("says so within its limit when no broker answers in the primary", async () => {
    const { stdout } = await runProgram("primary-is-not-ours", [testState()]);
    expect(stdout).toMatch(
      /^LOCK_UNSUPPORTED Cannot use a lock of kind ipc: the cluster primary \(process \d+\) has not answered within 5000 ms\./,
    );
    expect(stdout).toContain("process manager");
    expect(stdout.trim().split("\n").slice(1)).toEqual(["sqlite token 1", "mapped token 1"]);
  });

  it("keeps the lock of a worker that has disconnected until it exits, and tells the worker", async () => {
    const directory = testState();
    const { stdout, stderr } = await runProgram("disconnected-holder", [
      directory,
      `${directory}.goes-on`,
    ]);
    const lines = stdout.trim().split("\n");
    expect(lines.filter((line) => line.startsWith("primary"))).toEqual([
      "primary tries: busy",
      "primary acquires: 2 true after the exit",
    ]);
    expect(lines.filter((line) => line.startsWith("worker"))).toEqual([
      "worker: LOCK_LOST LOCK_LOST LOCK_LOST",
      "worker: LOCK_LOST",
    ]);
    expect(stderr).toBe("");
  });

  it("keeps the process alive while an acquisition is pending", async () => {
    const { stdout, code } = await runProgram("pending-keeps-alive", [testState()]);
    expect(stdout.trim().split("\n")).toEqual([
      "primary acquired",
      "worker acquired",
      "worker exit 3",
    ]);
    expect(code).toBe(0);
  });
});

describe("clusterLauncher", () => {
  it("leaves the owner's stdout, cluster settings and environment to the owner", async () => {
    const { stdout, stderr, code } = await runProgram("owner", [workload("chatter")], {
      NODE_OPTIONS: "--no-deprecation --disable-warning=ExperimentalWarning",
    });
    expect(code).toBe(0);
    const inherited = { status: "done", value: { nodeOptions: "" } };
    expect(JSON.parse(stdout)).toEqual({ outcomes: [inherited, inherited], same: true });
    expect(stderr.trim().split("\n").toSorted()).toEqual([
      "contender 0 speaks",
      "contender 1 speaks",
    ]);
  });

  it.each([
    { what: "that waits", name: "linger", mode: "wait" },
    { what: "that blocks its thread", name: "spin", mode: "spin" },
  ])("leaves no contender behind $what when its owner is killed", async ({ name, mode }) => {
    const child = spawn(process.execPath, [program("owner"), workload(name), mode]);
    const [text] = (await once(child.stdout, "data")) as [Buffer];
    const { ids } = JSON.parse(text.toString()) as { ids: number[] };
    onTestFinished(() => ids.filter(isRunning).forEach((id) => process.kill(id, "SIGKILL")));
    expect(ids.filter(isRunning)).toHaveLength(2);
    child.kill("SIGKILL");
    await once(child, "exit");
    const deadline = performance.now() + 5_000;
    while (ids.some(isRunning) && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ids.filter(isRunning)).toEqual([]);
  });
});
