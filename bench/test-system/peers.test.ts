import { randomUUID } from "node:crypto";
import process from "node:process";
import { afterAll, describe, expect, test, vi } from "vitest";
import { peers } from "../src/peers/peer-cells.ts";
import { PeerPrograms } from "../src/peers/peer-programs.ts";
import { runPeer } from "../src/peers/run-peer.ts";
import { processesWith } from "../test/processes-with.ts";

const programs = new PeerPrograms();
afterAll(() => programs.close());

describe("peers", () => {
  for (const { lock, runtime, kind } of peers) {
    test.each([1, 2])(
      `${lock} counts without losing an update, %i contenders`,
      async (contenders) => {
        const command = await programs.command(runtime);
        if ("missing" in command) throw new Error(command.missing);
        const { windows, meanNs } = await runPeer(command, {
          kind,
          contenders,
          warmUps: 1,
          windows: 2,
          windowMs: 30,
        });
        expect(windows).toHaveLength(2);
        for (const window of windows) {
          expect(window.lostUpdates).toBe(0);
          expect(window.shares).toHaveLength(contenders);
        }
        expect(meanNs).toBeGreaterThan(1);
      },
    );
  }

  test.each(["it did not end within", "called off"])(
    "a stuck peer is ended with all its processes: %s",
    async (why) => {
      const command = await programs.command("python");
      if ("missing" in command) throw new Error(command.missing);
      const marker = `marker-${randomUUID()}`;
      process.env["TICKETLOCK_TEST_MARKER"] = marker;
      const controller = new AbortController();
      try {
        const run = runPeer(
          command,
          {
            kind: "multiprocessing",
            contenders: 2,
            warmUps: 0,
            windows: 1,
            windowMs: 60_000,
            limitMs: why === "called off" ? 60_000 : 1_000,
          },
          controller.signal,
        );
        if (why === "called off") {
          // Its own process and the two that it forks.
          await vi.waitFor(() => expect(processesWith(marker)).toHaveLength(3), 20_000);
          controller.abort(new Error(why));
        }
        await expect(run).rejects.toThrow(why);
      } finally {
        delete process.env["TICKETLOCK_TEST_MARKER"];
      }
      expect(processesWith(marker)).toEqual([]);
    },
    30_000,
  );

  test("a missing compiler or interpreter is named with its Debian package", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "/nonexistent";
    const none = new PeerPrograms();
    try {
      expect(await none.command("c")).toEqual({
        missing: expect.stringContaining("apt-get install gcc"),
      });
      expect(await none.command("python")).toEqual({
        missing: expect.stringContaining("apt-get install python3"),
      });
    } finally {
      process.env["PATH"] = path;
      none.close();
    }
  });
});
