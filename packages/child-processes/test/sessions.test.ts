import { isPausableSession, openSession } from "@ticketlock/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { runtimes } from "../src/runtime.ts";
import { adapterOf, isOver, module, outputOf, startProgram, until } from "./kit.ts";
import type { Facts } from "./workloads/facts.ts";

describe.for(runtimes)("An owner in %s", (owner) => {
  test("has contenders of Node, Deno and Bun, which know its clock as well as they say", async () => {
    const { text, printed, code } = await outputOf(startProgram(owner, "own-session"));
    expect({ code, printed }).toMatchObject({ code: 0 });
    const outcomes = JSON.parse(text) as { readonly value: Facts }[];
    const expected = [...runtimes, ...runtimes].map((runtime, index) => ({
      index,
      runtime,
      input: "ü\n\u2028",
      isClockRight: true,
    }));
    expect(outcomes.map(({ value }) => value)).toMatchObject(expected);
    for (const { value } of outcomes) {
      const isOneClock = owner === "node" && value.runtime === "node";
      if (isOneClock) expect(value.clockErrorNs).toBe(0);
      else expect(value.clockErrorNs).toBeGreaterThan(0);
      expect(value.clockErrorNs).toBeLessThan(50_000_000);
    }
    expect(printed.match(/printed, and no message/g)).toHaveLength(expected.length);
  });

  test("that is killed takes contenders with it that block their threads", async () => {
    const child = startProgram(owner, "own-blocked");
    onTestFinished(() => void child.kill("SIGKILL"));
    const ids = await new Promise<number[]>((resolve, reject) => {
      child.stdout!.setEncoding("utf8").on("data", (line: string) => resolve(JSON.parse(line)));
      child.once("close", (code) => reject(new Error(`the owner ended with ${code}`)));
    });
    expect(ids.map(isOver)).toEqual([false, false, false]);
    child.kill("SIGKILL");
    await until("the contenders are gone", () => ids.every(isOver));
  });
});

describe.for(runtimes)("A contender in %s", (runtime) => {
  const session = { adapters: [adapterOf(runtime)], contenders: 1, lock: { count: 0 } };

  // No more than fits into a pipe: the rest would go out when the thread turns again.
  test("that is killed while it blocks its thread has told what it had said before", async () => {
    await using open = await openSession(session);
    let notes = 0;
    const [outcome] = await open.run(module("workloads/flood"), 100, {
      onSend() {
        if (++notes === 100) void open.crash(0);
      },
    });
    expect(outcome).toMatchObject({ status: "crashed", error: { code: "CONTENDER_CRASHED" } });
    expect(notes).toBe(100);
  });

  test("stands still while it is paused, and a paused one can be killed", async () => {
    const open = await openSession(session);
    onTestFinished(() => open.close());
    if (!isPausableSession(open)) throw new Error("it cannot be paused");
    let isThere = false;
    const run = open.run(module("workloads/wait"), null, {
      onRequest: () => void (isThere = true),
    });
    await open.pause(0);
    await open.resume(0);
    await until("it goes on", () => isThere);
    await open.pause(0);
    await open.crash(0);
    expect(await run).toMatchObject([{ status: "crashed" }]);
    expect(open.ids.map(isOver)).toEqual([true]);
  });

  test("ends by itself when its session is closed", async () => {
    const open = await openSession(session);
    await open.close();
    expect(open.ids.map(isOver)).toEqual([true]);
  });
});
