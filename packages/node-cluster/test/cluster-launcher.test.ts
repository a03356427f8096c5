import type { PausableContender } from "@ticketlock/core";
import { expect, it, onTestFinished, vi } from "vitest";
import { clusterLauncher } from "../src/index.ts";

it("clusterLauncher kills a contender that does not read, instead of keeping all it is sent", async () => {
  let up: () => void;
  const isUp = new Promise<void>((resolve) => (up = resolve));
  const contender = (await clusterLauncher.start({
    index: 0,
    onMessage: () => up(),
  })) as PausableContender;
  await isUp;
  contender.pause();
  const before = process.memoryUsage().rss;
  const body = "x".repeat(1_024);
  for (let i = 0; i < 200_000; i++) contender.post({ type: "reply", id: i, value: body });
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  expect(await contender.exited).toEqual({
    code: "SIGKILL",
    detail: "it was killed because it did not read its messages",
  });
});

it("clusterLauncher's contender goes on where it was stopped", async () => {
  const messages: unknown[] = [];
  let told: () => void = () => undefined;
  const onMessage = (message: unknown): void => void (messages.push(message), told());
  const next = (): Promise<void> => new Promise((resolve) => (told = resolve));
  const up = next();
  const contender = (await clusterLauncher.start({ index: 0, onMessage })) as PausableContender;
  await up;
  contender.pause();
  contender.post({ type: "load", run: 1, workload: "file:///nowhere.ts", input: null });
  const loaded = next();
  contender.resume();
  await loaded;
  expect(messages).toEqual([{ type: "up" }, expect.objectContaining({ type: "loaded", run: 1 })]);
  contender.post({ type: "close" });
  expect(await contender.exited).toEqual({ code: 0, detail: "its process ended with code 0" });
});

it("clusterLauncher says why a process cannot be started", async () => {
  const { execPath } = process;
  process.execPath = "/nonexistent/node";
  const started = clusterLauncher.start({ index: 3, onMessage: () => undefined });
  process.execPath = execPath;
  const message = expect.stringMatching(/^Cannot start contender 3: spawn .* ENOENT/);
  await expect(started).rejects.toMatchObject({ code: "CONTENDER_CRASHED", message });
});

it.for(["Deno", "Bun"])(
  "clusterLauncher is refused in %s, where node:cluster is another thing",
  async (name) => {
    vi.stubGlobal(name, {});
    onTestFinished(() => void vi.unstubAllGlobals());
    await expect(clusterLauncher.start({ index: 0, onMessage: () => {} })).rejects.toMatchObject({
      code: "RUNTIME_MISSING",
      message: expect.stringContaining("name this one first"),
    });
  },
);
