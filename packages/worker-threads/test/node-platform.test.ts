import { threadId } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { NodePlatform, numberOf } from "../src/node-platform.ts";
import { TestWorker } from "./worker-kit.ts";

interface Told {
  readonly threadId: number;
  readonly osThreadId: number;
  readonly osThreadStart: number;
}

const platform = new NodePlatform();
const knowsThreads = process.platform === "linux";

describe("NodePlatform", () => {
  test("numbers threads from 1, and turns numbers back", () => {
    expect(platform.threadId).toBe(numberOf(threadId));
    expect(platform.threadId).toBeGreaterThan(0);
    expect(platform.runtimeId(platform.threadId)).toBe(threadId);
  });

  test("tells a thread that lives from one that has ended, where the system shows threads", async () => {
    const worker = new TestWorker({ act: "tell the platform" });
    const told = (await worker.said()) as Told;
    expect(told.threadId).toBe(numberOf(worker.worker.threadId));
    const look = (): string => platform.threadState(told.osThreadId, told.osThreadStart);
    if (!knowsThreads) {
      expect([told.osThreadId, platform.osThreadId]).toEqual([0, 0]);
      return;
    }
    expect(told.osThreadId).not.toBe(platform.osThreadId);
    expect(platform.threadState(platform.osThreadId, platform.osThreadStart)).toBe("alive");
    expect(look()).toBe("alive");
    await worker.worker.terminate();
    // The thread is gone a few milliseconds after its 'exit' event; the test's limit ends a wait in vain.
    while (look() === "alive") await new Promise((resolve) => setImmediate(resolve));
    expect(look()).toBe("gone");
  });

  test("takes a thread with the same id that started at another time for another thread", () => {
    if (!knowsThreads) return expect(platform.osThreadId).toBe(0);
    expect(platform.threadState(platform.osThreadId, platform.osThreadStart + 1)).toBe("gone");
  });

  test("tells the end of a worker once, with its number", async () => {
    const worker = new TestWorker({ act: "tell the platform" });
    await worker.said();
    const number = numberOf(worker.worker.threadId);
    const ended: number[] = [];
    platform.onEnd(worker.worker, (one) => ended.push(one));
    await worker.worker.terminate();
    expect(ended).toEqual([number]);
    expect(() => platform.onEnd(worker.worker, () => {})).toThrow(TypeError);
  });
});
