import { once } from "node:events";
import { threadId, Worker } from "node:worker_threads";
import { describe, expect, onTestFinished, test } from "vitest";
import { numberOf, WorkerPlatform } from "../src/index.ts";
import type { Told } from "./teller.ts";

const platform = new WorkerPlatform("test");

/** A worker that has told its platform, and sleeps. */
async function startTeller(): Promise<{ readonly worker: Worker; readonly told: Told }> {
  const worker = new Worker(new URL("teller.ts", import.meta.url));
  onTestFinished(async () => void (await worker.terminate()));
  const [told] = (await once(worker, "message")) as [Told];
  return { worker, told };
}
const knowsThreads = process.platform === "linux";

describe("WorkerPlatform", () => {
  test("numbers threads from 1, and turns numbers back", () => {
    expect(platform.threadId).toBe(numberOf(threadId));
    expect(platform.threadId).toBeGreaterThan(0);
    expect(platform.runtimeId(platform.threadId)).toBe(threadId);
  });

  test("tells a thread that lives from one that has ended, where the system shows threads", async () => {
    const { worker, told } = await startTeller();
    expect(told.threadId).toBe(numberOf(worker.threadId));
    const look = (): string => platform.threadState(told.osThreadId, told.osThreadStart);
    if (!knowsThreads) {
      expect([told.osThreadId, platform.osThreadId]).toEqual([0, 0]);
      return;
    }
    expect(told.osThreadId).not.toBe(platform.osThreadId);
    expect(platform.threadState(platform.osThreadId, platform.osThreadStart)).toBe("alive");
    expect(look()).toBe("alive");
    await worker.terminate();
    // The thread is gone a few milliseconds after its 'exit' event; the test's limit ends a wait in vain.
    while (look() === "alive") await new Promise((resolve) => setImmediate(resolve));
    expect(look()).toBe("gone");
  });

  test("takes a thread with the same id that started at another time for another thread", () => {
    if (!knowsThreads) return expect(platform.osThreadId).toBe(0);
    expect(platform.threadState(platform.osThreadId, platform.osThreadStart + 1)).toBe("gone");
  });

  test("tells the end of a worker once, with its number", async () => {
    const { worker } = await startTeller();
    const number = numberOf(worker.threadId);
    const ended: number[] = [];
    platform.onEnd(worker, (one) => ended.push(one));
    await worker.terminate();
    expect(ended).toEqual([number]);
    expect(() => platform.onEnd(worker, () => {})).toThrow(TypeError);
  });
});
