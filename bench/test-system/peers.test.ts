import { randomUUID } from "node:crypto";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test, vi } from "vitest";
import { caseNames } from "@ticketlock/conformance";
import { peerHost, peers } from "../src/peers/peer-cells.ts";
import { PeerPrograms } from "../src/peers/peer-programs.ts";
import { runPeer, tryFate } from "../src/peers/run-peer.ts";
import { tryPeers } from "../src/peers/try-peers.ts";
import { chooseAdapters, readCatalogue } from "../src/run/prepare.ts";
import { processesWith } from "@ticketlock/conformance/kit";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const programs = new PeerPrograms();
afterAll(() => programs.close());

describe("peers", () => {
  for (const { lock, program, kind } of peers) {
    if (program === "bench") continue;
    test.each([1, 2])(
      `${lock} counts without losing an update, %i contenders`,
      async (contenders) => {
        const command = await programs.command(program);
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

  for (const { lock, program, trial } of peers) {
    if (trial.by !== "program" || program === "bench") continue;
    test(`${lock}: a holder is killed while a process waits, and every case is one of the suite`, async () => {
      const command = await programs.command(program);
      if ("missing" in command) throw new Error(command.missing);
      const fates = await tryFate(command, trial.argument);
      expect(caseNames.lock).toEqual(expect.arrayContaining(fates.map((fate) => fate.case)));
      // Of these only C's robust mutex hears of a death; a process killed with Python's lock keeps it for good.
      expect(fates.map((fate) => fate.passed)).toEqual(program === "c" ? [true, true] : [false]);
    });
  }

  test("tryPeers names the cases that each peer fails, and what was not tried", async () => {
    const { signal } = new AbortController();
    const casts = chooseAdapters(ROOT, undefined);
    const catalogue = await readCatalogue(casts, signal);
    const rows = await tryPeers({
      hostOf: (runtime) => {
        const host = peerHost(catalogue, runtime);
        return casts.find(({ name }) => name === host?.adapter);
      },
      programs,
      signal,
    });
    expect(rows.map((row) => row.lock)).toEqual(peers.map((peer) => peer.lock));
    const row = (lock: string, runtime?: string): (typeof rows)[number] =>
      rows.find((each) => each.lock === lock && each.runtime === (runtime ?? each.runtime))!;
    expect(row("pthread robust")).toMatchObject({ passed: 2, failed: 0 });
    expect(row("threading.Lock")).toMatchObject({ passed: null, failed: null });
    // Its lock goes by a time stamp, which says nothing for ten seconds.
    expect(row("proper-lockfile").failures).toEqual(
      expect.arrayContaining([
        expect.stringContaining("a terminated holder's lock goes to a waiter: Not within"),
      ]),
    );
    expect(row("proper-lockfile").passed).toBeGreaterThan(10);
    expect(row("async-mutex").passed).toBeGreaterThan(10);
    for (const runtime of ["node", "deno"])
      expect(row("navigator.locks", runtime).passed, runtime).toBeGreaterThan(10);
  }, 240_000);

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
