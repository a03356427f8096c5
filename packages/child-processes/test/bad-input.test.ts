import { type Adapter, openSession, type Session } from "@ticketlock/core";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ChildContender } from "../src/child-contender.ts";
import { currentRuntime, runtimeCommand, runtimes } from "../src/runtime.ts";
import { adapterOf, isOver, module, residentMiB } from "./kit.ts";

/** Opens a session of one contender. */
function open(adapter: Adapter): Promise<Session> {
  return openSession({ adapters: [adapter], contenders: 1, lock: { count: 0 } });
}

/** The ids of the processes that are started while the test runs. */
function started(): number[] {
  const ids: number[] = [];
  const start = ChildContender.start.bind(ChildContender);
  const spy = vi.spyOn(ChildContender, "start").mockImplementation(async (...args) => {
    const contender = await start(...args);
    ids.push(contender.id);
    return contender;
  });
  onTestFinished(() => spy.mockRestore());
  return ids;
}

test("A program that is missing is RUNTIME_MISSING", async () => {
  const command = { command: "/nowhere/program", args: [], sharesClock: false };
  await expect(ChildContender.start(command, { index: 0, onMessage() {} })).rejects.toMatchObject({
    code: "RUNTIME_MISSING",
    message: expect.stringContaining("/nowhere/program"),
  });
});

test("A runtime that is missing is RUNTIME_MISSING, with the line that installs it", () => {
  vi.spyOn(process, "cwd").mockReturnValue("/");
  onTestFinished(() => void vi.restoreAllMocks());
  expect(() => runtimeCommand("bun", [], "/module.js", "/tmp")).toThrow(
    expect.objectContaining({
      code: "RUNTIME_MISSING",
      message: expect.stringContaining("npm install --save-dev bun"),
    }),
  );
});

test.for(runtimes.filter((runtime) => runtime !== currentRuntime()))(
  "A session of contenders in %s, which is not installed, is RUNTIME_MISSING with the line that installs it",
  async (runtime) => {
    vi.spyOn(process, "cwd").mockReturnValue("/");
    onTestFinished(() => void vi.restoreAllMocks());
    const ids = started();
    // Where the entry lies it is looked for first.
    await expect(
      open(adapterOf(runtime, { entry: new URL("file:///entry.js") })),
    ).rejects.toMatchObject({
      code: "RUNTIME_MISSING",
      message: expect.stringContaining(`npm install --save-dev ${runtime}`),
    });
    expect(ids).toEqual([]);
  },
);

describe.for(runtimes)("In %s", (runtime) => {
  test.for([
    {
      what: "an entry that is missing",
      entry: "nowhere",
      code: "CONTENDER_CRASHED",
      says: /code 1/,
    },
    { what: "an entry that throws", entry: "throws", code: "CONTENDER_CRASHED", says: /code 1/ },
    {
      what: "an entry that ends at once",
      entry: "ends",
      code: "CONTENDER_CRASHED",
      says: /code 7/,
    },
    {
      what: "a malformed message",
      entry: "malformed",
      code: "PROTOCOL_VIOLATION",
      says: /no JSON/,
    },
    { what: "a line without end", entry: "huge-line", code: "PROTOCOL_VIOLATION", says: /longer/ },
  ])("$what is $code, and no process is left", async ({ entry, code, says }) => {
    const ids = started();
    const adapter = adapterOf(runtime, { entry: module(`entries/${entry}`) });
    await expect(open(adapter)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says),
    });
    expect(ids.map(isOver)).toEqual([true]);
  });

  test("what is printed to stdout is no message, and harms none", async () => {
    const session = await open(adapterOf(runtime, { entry: module("entries/garbage") }));
    await session.close();
    expect(session.ids.map(isOver)).toEqual([true]);
  });

  test("an adapter's module that is missing is told by name", async () => {
    const ids = started();
    const adapter = { ...adapterOf(runtime), url: module("nowhere").href };
    await expect(open(adapter)).rejects.toMatchObject({
      code: "CONTENDER_FAILED",
      message: expect.stringContaining("nowhere.ts"),
    });
    expect(ids.map(isOver)).toEqual([true]);
  });

  test("a contender that does not read is killed with QUEUE_FULL before its messages fill memory", async () => {
    const ids = started();
    const { launcher } = adapterOf(runtime, { entry: module("entries/deaf") });
    const isLoaded = Promise.withResolvers<void>();
    const contender = await launcher!.start({
      index: 0,
      onMessage(message) {
        if ((message as { type: string }).type === "loaded") isLoaded.resolve();
      },
    });
    await isLoaded.promise;
    const before = residentMiB();
    const text = "x".repeat(1_000);
    for (let i = 0; i < 200_000; i++) contender.post({ text });
    expect(residentMiB() - before).toBeLessThan(64);
    expect(await contender.exited).toMatchObject({
      code: "SIGKILL",
      reason: { code: "QUEUE_FULL" },
    });
    expect(ids.map(isOver)).toEqual([true]);
  });

  test("what JSON cannot carry, or is too long, is refused where it is sent, and the contender goes on", async () => {
    const session = await open(adapterOf(runtime));
    onTestFinished(() => session.close());
    const run = (input: unknown): Promise<unknown> => session.run(module("workloads/wait"), input);
    await expect(run(1n)).rejects.toThrow(TypeError);
    await expect(run("x".repeat(2 ** 24))).rejects.toMatchObject({
      code: "QUEUE_MESSAGE_TOO_LARGE",
    });
    expect(session.ids.map(isOver)).toEqual([false]);
  });
});
