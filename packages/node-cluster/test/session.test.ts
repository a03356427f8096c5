import { describe, expect, it } from "vitest";
import { clusterBroker } from "../src/cluster-broker.ts";
import type { Forged } from "./workloads/forge.ts";
import { isRunning, logs, openTestSession, playParts, untilState } from "./session-kit.ts";

describe("a session of node-cluster", () => {
  it.each([
    ["mutex", 1],
    ["misplaced-mutex", 1],
    ["unlocked", 4],
    ["own-mutex", 4],
  ])("sells in mode %s the one ticket of a naive file %i times", async (mode, sold) => {
    const session = await openTestSession(4, 1);
    const outcomes = await session.run<string, { sold: boolean; seen: number }>(
      new URL("./workloads/sell.ts", import.meta.url),
      mode,
    );
    const values = outcomes.map((outcome) =>
      outcome.status === "done" ? outcome.value : outcome.error.message,
    );
    expect(values.filter((value) => typeof value === "object" && value.sold)).toHaveLength(sold);
    expect(await session.store!.read()).toMatchObject({ remaining: 0 });
  });

  it("grants in order of arrival with rising tokens", async () => {
    const session = await openTestSession(3);
    const part = ["acquire", "release", "acquire", "release"];
    const tokens = logs(await playParts(session, [part, part, part]))
      .flat()
      .map(Number);
    expect(tokens.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("leaves no process and no lock behind", async () => {
    const before = clusterBroker().lockCount;
    const session = await openTestSession(3);
    await playParts(session, [["acquire", "meet held"], ["meet held", "acquire 1"], ["meet held"]]);
    await session.close();
    expect(session.ids.filter(isRunning)).toEqual([]);
    expect(clusterBroker().lockCount).toBe(before);
  });

  it("ends a contender that is stopped", async () => {
    const session = await openTestSession(2);
    process.kill(session.ids[0]!, "SIGSTOP");
    await session.close(); // kills what does not end
    expect(session.ids.filter(isRunning)).toEqual([]);
  });
});

describe("IpcMutex", () => {
  it("times out, aborts and tries in vain while another process holds it, and leaves the queue each time", async () => {
    const session = await openTestSession(2);
    const held = ["acquire", "meet held", "meet tried", "query", "release", "meet released"];
    const tries = [
      "meet held",
      "try",
      "acquire 0",
      "acquire 20",
      "acquire aborted",
      "query",
      "meet tried",
      "meet released",
      "try",
      "release",
    ];
    const state = {
      held: true,
      holder: { id: session.ids[0] },
      token: 1,
      waiters: 0,
      abandoned: false,
    };
    expect(logs(await playParts(session, [held, tries]))).toEqual([
      ["1", state],
      ["busy", "LOCK_TIMEOUT", "LOCK_TIMEOUT", "stop", state, "2"],
    ]);
  });

  it.each(["hang", "exit", "throw"])(
    "goes on to the next waiter when its holder ends (%s)",
    async (how) => {
      const session = await openTestSession(3);
      const waits = [
        "meet held",
        "acquire",
        "release",
        "acquire",
        "consistent",
        "release",
        "acquire",
        "release",
      ];
      const running = playParts(session, [["acquire", "meet held", "queued 2", how], waits, waits]);
      await untilState(session.locks[0]!, ({ waiters }) => waiters === 2);
      if (how === "hang") await session.crash(0);
      const [dead, ...others] = logs(await running);
      expect(dead).toBe("crashed");
      // Told until the first of the two has said `consistent`, in its second turn.
      expect(others.flat().toSorted()).toEqual(["2!", "3!", "4!", "5", "6", "7"]);
    },
  );

  it("passes a waiter by that was killed", async () => {
    const session = await openTestSession(3);
    const parts = [
      ["acquire", "meet held", "meet killed", "release"],
      ["meet held", "acquire"],
      ["meet held", "meet killed", "acquire", "release"],
    ];
    const running = playParts(session, parts);
    await untilState(session.locks[0]!, ({ waiters }) => waiters === 1);
    await session.crash(1);
    expect(logs(await running)).toEqual([["1"], "crashed", ["2"]]);
  });

  it("survives a stopped holder: waiters time out, and nothing is lost when it goes on", async () => {
    const session = await openTestSession(2);
    const parts = [
      ["acquire", "meet held", "meet stopped", "release"],
      ["meet held", "tell stop", "acquire 50", "meet stopped", "acquire", "release"],
    ];
    const running = playParts(session, parts, {
      onSend: () => void process.kill(session.ids[0]!, "SIGSTOP"),
    });
    await untilState(session.locks[0]!, ({ waiters }) => waiters === 1);
    await untilState(session.locks[0]!, ({ waiters }) => waiters === 0);
    process.kill(session.ids[0]!, "SIGCONT");
    expect(logs(await running)).toEqual([["1"], ["LOCK_TIMEOUT", "2"]]);
  });

  it("rejects pending acquisitions when it is closed, and later ones", async () => {
    const session = await openTestSession(1);
    const [lock] = session.locks;
    const guard = await lock!.acquire();
    const pending = lock!.acquire();
    await untilState(lock!, ({ waiters }) => waiters === 1);
    await lock!.close();
    await expect(pending).rejects.toMatchObject({ code: "LOCK_CLOSED" });
    await expect(lock!.acquire()).rejects.toMatchObject({ code: "LOCK_CLOSED" });
    const running = playParts(session, [["acquire", "release"]]);
    await guard.release();
    expect(logs(await running)).toEqual([["2"]]);
  });

  it("is not moved by forged or malformed messages of another worker", async () => {
    const session = await openTestSession(2);
    const seats = Array.from({ length: 50 }, (_, i) => i); // the holder's own is among them
    const bodies = [
      null,
      ...seats.map((seat) => ({ type: "release", seat, token: 1 })),
      ...seats.map((seat) => ({ type: "consistent", seat, token: 1 })),
      { type: "close", seat: 0 },
      { type: "acquire", id: 900_000, seat: 0, wait: true },
      {
        type: "open",
        id: 900_001,
        key: "x".repeat(1_000_000),
        directory: "/",
        tokensAbove: 0,
        waiters: 0,
      },
      {
        type: "open",
        id: 900_003,
        key: "orders",
        directory: "x".repeat(1_000_000),
        tokensAbove: 0,
        waiters: 0,
      },
      { type: "open", id: 900_004, key: "orders", directory: "../etc", tokensAbove: 0, waiters: 0 },
      { type: "hello", id: 900_002, version: 99 },
    ];
    const forge = new URL("./workloads/forge.ts", import.meta.url);
    const [holder, forger] = await session.run<unknown, Forged>(forge, { bodies });
    expect(holder!.status).toBe("done");
    const { replies, taken } =
      forger!.status === "done" ? forger!.value : { replies: [], taken: true };
    expect(replies.filter(({ type }) => type === "refused")).toHaveLength(bodies.length);
    expect(taken).toBe(false);
  });
});
