import { expect, onTestFinished, test } from "vitest";
import { isPausableSession, openSession, type PausableSession } from "../src/index.ts";
import type { PausableFakeContender } from "./fake-launcher.ts";
import { FakeAdapter } from "./fake-launcher.ts";
import { raise, settle } from "./session-kit.ts";

async function openPausable(
  contenders: number,
): Promise<{ session: PausableSession; adapter: FakeAdapter; fakes: PausableFakeContender[] }> {
  const adapter = new FakeAdapter();
  adapter.pausable = () => true;
  const session = await openSession({ adapters: [adapter], contenders });
  onTestFinished(() => session.close());
  if (!isPausableSession(session)) throw new Error("This session cannot pause.");
  return { session, adapter, fakes: adapter.started as PausableFakeContender[] };
}

test.for([
  { pausable: [true, true], expected: true },
  { pausable: [true, false], expected: false },
  { pausable: [false, false], expected: false },
])(
  "isPausableSession is $expected where the contenders are pausable: $pausable",
  async ({ pausable, expected }) => {
    const adapter = new FakeAdapter();
    adapter.pausable = (index) => pausable[index]!;
    const session = await openSession({ adapters: [adapter], contenders: 2 });
    onTestFinished(() => session.close());
    expect(isPausableSession(session)).toBe(expected);
  },
);

test("pause stops one contender, the others go on, and resume lets it come after them", async () => {
  const { session, adapter } = await openPausable(3);
  const answered: number[] = [];
  let stopped = Promise.resolve();
  const ask = adapter.workload(async ({ channel, index }) => {
    await channel.request("first", index);
    await channel.request("second", index);
  });
  const run = session.run(ask, null, {
    onRequest: (topic, _body, index) => {
      if (topic === "second") answered.push(index);
      // Its answer is not read before it is resumed.
      if (topic === "first" && index === 1) stopped = session.pause(1);
    },
  });
  await settle();
  await settle();
  await stopped;
  expect(answered.toSorted()).toEqual([0, 2]);
  await session.resume(1);
  expect((await run).map(({ status }) => status)).toEqual(["done", "done", "done"]);
  expect(answered).toHaveLength(3);
});

test("a contender that is crashed while it is paused is gone", async () => {
  const { session } = await openPausable(2);
  await session.pause(0);
  await session.crash(0);
  await expect(session.pause(0)).rejects.toMatchObject({ code: "CONTENDER_CRASHED" });
  await expect(session.resume(0)).rejects.toMatchObject({ code: "CONTENDER_CRASHED" });
});

test("close resumes a paused contender, which then ends by itself", async () => {
  const { session, fakes } = await openPausable(2);
  await session.pause(0);
  await session.close();
  expect(fakes[0]!.calls).toEqual(["pause", "resume"]);
  expect(fakes[1]!.calls).toEqual([]);
  expect(await fakes[0]!.exited).toEqual({ code: 0 });
  await expect(session.pause(0)).rejects.toMatchObject({ code: "CONTENDER_CRASHED" });
});

test("close ends a paused contender that cannot be resumed", async () => {
  const { session, fakes } = await openPausable(1);
  await session.pause(0);
  fakes[0]!.resume = () => raise(new Error("no such process"));
  await session.close();
  expect(await fakes[0]!.exited).toEqual({ code: 1 });
});

test("pause and resume refuse an index that there is not", async () => {
  const { session } = await openPausable(1);
  await expect(session.pause(1)).rejects.toThrow(RangeError);
  await expect(session.resume(-1)).rejects.toThrow(RangeError);
});

test("pause refuses where the launcher cannot pause", async () => {
  const session = await openSession({ adapters: [new FakeAdapter()], contenders: 1 });
  onTestFinished(() => session.close());
  const { pause } = session as PausableSession;
  await expect(pause.call(session, 0)).rejects.toThrow("its launcher cannot pause contenders");
});
