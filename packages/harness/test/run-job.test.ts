import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { once } from "node:events";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type AdapterEntry, runJob, runtimes, type Runtime } from "../src/index.ts";
import { EMPTY_ADAPTER, temporaryFolder } from "./temporary-workspace.ts";

const obedient = new URL("./jobs/obedient.ts", import.meta.url);
const here = fileURLToPath(new URL(".", import.meta.url));

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An adapter that exists for one test; its runtime is the one that this package has installed. */
function entry(
  runtime: Runtime = "node",
  flags: string[] = runtime === "deno" ? ["-A"] : [],
): AdapterEntry {
  const module = join(temporaryFolder({ "adapter.mjs": EMPTY_ADAPTER }), "adapter.mjs");
  const moduleUrl = pathToFileURL(module).href;
  return { name: "empty", packageName: "empty", directory: here, moduleUrl, runtime, flags };
}

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => new Error(`expected a rejection, got ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
}

describe.each(runtimes)("runJob in %s", (runtime) => {
  test("gives the result, the events in order, and what was printed apart from them", async () => {
    const events: unknown[] = [];
    const lines: string[] = [];
    const input = { print: ['{"result":"forged"}', "second"], events: [1, { b: "ä\n" }] };
    const result = await runJob(entry(runtime), obedient, input, {
      onEvent: (event) => events.push(event),
      stderr: (line) => lines.push(line),
    });
    expect(result).toEqual({ adapters: ["empty"], input });
    expect(events).toEqual([1, { b: "ä\n" }]);
    expect(lines).toEqual(['{"result":"forged"}', "second", "raw"]);
  });

  test("lets a job that is called off clean up, and rejects with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const lines: string[] = [];
    const work = runJob(entry(runtime), obedient, { events: ["up"], hang: "obey" }, {
      signal: controller.signal,
      onEvent: () => controller.abort(reason),
      stderr: (line) => lines.push(line),
    }); // prettier-ignore
    expect(await rejection(work)).toBe(reason);
    expect(lines).toEqual(["cleaned up"]);
  });
});

describe("runJob", () => {
  test("reports the exit code and the last lines of a process that is gone", async () => {
    const work = runJob(
      entry(),
      obedient,
      { print: ["last words"], exitCode: 3 },
      { stderr: () => {} },
    );
    const error = await rejection(work);
    expect(error).toMatchObject({ code: "CONTENDER_CRASHED" });
    expect((error as Error).message).toContain("code 3");
    expect((error as Error).message).toContain("last words");
  });

  test("counts an exit with code 0 without a result as a crash", async () => {
    const work = runJob(entry(), obedient, { exitCode: 0 });
    expect(await rejection(work)).toMatchObject({ code: "CONTENDER_CRASHED" });
  });

  test("rebuilds what the job threw", async () => {
    const work = runJob(entry(), obedient, { fail: "too far" }, { stderr: () => {} });
    const error = await rejection(work);
    expect(error).toMatchObject({ code: "CONTENDER_FAILED", message: "RangeError: too far" });
  });

  test("refuses a module whose default export is no function", async () => {
    const work = runJob(entry(), new URL("./jobs/no-function.ts", import.meta.url), null);
    expect(await rejection(work)).toMatchObject({ code: "CONTENDER_FAILED" });
  });

  test("kills a job that does not end when its time is up", { timeout: 20_000 }, async () => {
    const work = runJob(entry(), obedient, { hang: "block" }, { limitMs: 300 });
    expect(await rejection(work)).toMatchObject({ code: "CONTENDER_TIMEOUT" });
  });

  test("calls the job off when onEvent throws, and passes the error on", async () => {
    const reason = new Error("cannot take it");
    const work = runJob(entry(), obedient, { events: [1], hang: "obey" }, {
      stderr: () => {},
      onEvent: () => {
        throw reason;
      },
    }); // prettier-ignore
    expect(await rejection(work)).toBe(reason);
  });

  test("starts nothing for a signal that has aborted already", async () => {
    const reason = new Error("before");
    const work = runJob(entry(), obedient, {}, { signal: AbortSignal.abort(reason) });
    expect(await rejection(work)).toBe(reason);
  });

  test("passes neither NODE_OPTIONS nor its own flags on", async () => {
    vi.stubEnv("NODE_OPTIONS", "--stack-trace-limit=3");
    const result = await runJob(entry("node", ["--no-warnings"]), obedient, {
      report: "environment",
    });
    expect(result).toEqual({ execArgv: ["--no-warnings"], nodeOptions: null });
  });

  test("loads adapters of Deno together of which one may do everything and another may read", async () => {
    const entries = [entry("deno", ["--allow-all"]), entry("deno", ["--allow-read", "-A"])];
    expect(await runJob(entries, obedient, {})).toBeDefined();
    expect(await runJob(entries.toReversed(), obedient, {})).toBeDefined();
  });

  test("loads adapters of other runtimes beside the first, without their flags", async () => {
    const adapters = [entry("node", ["--no-warnings"]), entry("deno")];
    const result = await runJob(adapters, obedient, { report: "environment" });
    expect(result).toEqual({ execArgv: ["--no-warnings"], nodeOptions: null });
  });

  test("starts Deno where one adapter asks for all permissions and another for some", async () => {
    const entries = [entry("deno", ["--allow-all", "--unstable-kv"]), entry("deno", ["--allow-read"])]; // prettier-ignore
    expect(await runJob(entries, obedient, {})).toMatchObject({ adapters: ["empty", "empty"] });
  });

  test("refuses to run without an adapter", async () => {
    expect(await rejection(runJob([], obedient, {}))).toMatchObject({ code: "USAGE" });
  });

  test("says what to install where the runtime is missing", async () => {
    const directory = temporaryFolder({});
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(directory);
    const error = await rejection(runJob({ ...entry("bun"), directory }, obedient, {}));
    cwd.mockRestore();
    expect(error).toMatchObject({ code: "RUNTIME_MISSING" });
    expect((error as Error).message).toContain("npm install --save-dev bun");
  });
});

describe.each(runtimes)(
  "runJob in %s leaves no process behind when its own is killed",
  (runtime) => {
    // Listening is the same in all of them; the one that blocks is killed from outside.
    test.each(runtime === "node" ? ["waits", "blocks"] : ["blocks"])(
      "while the job %s",
      { timeout: 30_000 },
      async (how) => {
        const parent = fileURLToPath(new URL("./jobs/parent.ts", import.meta.url));
        const args = [parent, JSON.stringify(entry(runtime)), how];
        const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
        const id = Number(await firstOutput(child));
        expect(isAlive(id)).toBe(true);
        child.kill("SIGKILL");
        await once(child, "exit");
        await vi.waitUntil(() => !isAlive(id), { timeout: 15_000, interval: 20 });
      },
    );
  },
);

async function firstOutput(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout!, "data")) as [Buffer];
  return chunk.toString();
}

function isAlive(id: number): boolean {
  if (existsSync("/proc/self")) return existsSync(`/proc/${id}`);
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}
