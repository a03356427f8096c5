import { describe, expect, test } from "vitest";
import { gate, open, raise, settle } from "./session-kit.ts";

describe("Session.run, when it goes wrong", () => {
  test("does not let a meeting go early for one that came and died", async () => {
    const { session, adapter } = await open(3);
    const [came, waits] = [gate(), gate()];
    let met = false;
    const meet = adapter.workload(async (contender) => {
      if (contender.index === 1) await came.opened;
      if (contender.index === 2) await waits.opened;
      await contender.meet("here");
      if (contender.index === 1) met = true;
    });
    const run = session.run(meet, null);
    await settle();
    await session.crash(0);
    came.open();
    await settle();
    expect(met).toBe(false);
    waits.open();
    expect(await run).toMatchObject([
      { status: "crashed" },
      { status: "done" },
      { status: "done" },
    ]);
  });

  test("refuses a second run while one is open, and takes it after", async () => {
    const { session, adapter } = await open(2);
    const end = gate();
    const waiting = adapter.workload(async ({ channel }) => {
      await end.opened;
      return channel.request("topic", null);
    });
    const other = adapter.workload(() => "second");
    const run = session.run(waiting, null, { onRequest: () => "first" });
    await settle();
    await expect(session.run(other, null)).rejects.toMatchObject({ code: "SESSION_BUSY" });
    end.open();
    expect(await run).toEqual([
      { status: "done", value: "first" },
      { status: "done", value: "first" },
    ]);
    expect(await session.run(other, null)).toEqual([
      { status: "done", value: "second" },
      { status: "done", value: "second" },
    ]);
  });

  test.for([
    { how: "throws", fail: (error: Error): void => raise(error) },
    { how: "rejects", fail: async (error: Error): Promise<void> => raise(error) },
  ])("fails for a contender whose message onSend $how at", async ({ fail }) => {
    const { session, adapter } = await open(2);
    const thrown = new Error("not this one");
    const send = adapter.workload(async ({ channel, index }) => {
      channel.send("topic", index);
      await channel.request("heard?", null);
      return index;
    });
    const outcomes = await session.run(send, null, {
      onSend: (_topic, body) => (body === 0 ? fail(thrown) : undefined),
      onRequest: () => null,
    });
    expect(outcomes).toMatchObject([
      { status: "failed", error: { code: "CONTENDER_FAILED", cause: thrown } },
      { status: "done", value: 1 },
    ]);
    const again = await session.run(
      adapter.workload(() => 1),
      null,
    );
    expect(again).toMatchObject([{ status: "done" }, { status: "done" }]);
  });

  test("does not hear what a contender sends after its end", async () => {
    const { session, adapter } = await open(1);
    const late = gate();
    const sent: string[] = [];
    const send = adapter.workload(({ channel }) => {
      void late.opened.then(() => channel.send("late", null));
    });
    await session.run(send, null, { onSend: (topic) => void sent.push(topic) });
    late.open();
    await settle();
    expect(sent).toEqual([]);
  });

  test("ignores a request that comes before the first run", async () => {
    const { session, adapter } = await open(1);
    for (const topic of ["topic", "ticketlock:meet"]) {
      adapter.startOptions[0]!.onMessage({ type: "request", run: 0, id: 1, topic, body: null });
      adapter.startOptions[0]!.onMessage({ type: "send", run: 0, topic, body: null });
    }
    const outcomes = await session.run(
      adapter.workload(() => 1),
      null,
    );
    expect(outcomes).toEqual([{ status: "done", value: 1 }]);
  });

  test.for([{ name: null }, { name: 7 }, { name: {} }, { name: Object.create(null) as object }])(
    "refuses a meeting whose name is $name",
    async ({ name }) => {
      const { session, adapter } = await open(1);
      const meet = adapter.workload((contender) => contender.meet(name as string));
      expect(await session.run(meet, null)).toMatchObject([
        { status: "failed", error: { code: "PROTOCOL_VIOLATION" } },
      ]);
    },
  );

  test("tells the others of an abort when one's channel refuses it", async () => {
    const { session, adapter } = await open(2);
    const abort = new AbortController();
    const until = adapter.workload(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return "aborted";
    });
    const run = session.run(until, null, { signal: abort.signal });
    await settle();
    adapter.started[0]!.post = () => raise(new Error("channel closed"));
    abort.abort();
    adapter.started[0]!.kill();
    expect(await run).toMatchObject([{ status: "crashed" }, { status: "done", value: "aborted" }]);
  });

  test("drops what a contender had asked before it died", async () => {
    const { session, adapter } = await open(2);
    const first = gate();
    const answered: unknown[] = [];
    const ask = adapter.workload(({ channel, index }) => channel.request("topic", index));
    const onRequest = async (_topic: string, body: unknown): Promise<unknown> => {
      answered.push(body);
      await first.opened;
      return body;
    };
    const run = session.run(ask, null, { onRequest });
    await settle();
    await session.crash(1);
    first.open();
    expect(await run).toMatchObject([{ status: "done", value: 0 }, { status: "crashed" }]);
    await settle();
    expect(answered).toEqual([0]);
  });

  test("one-by-one does not start the rest after an abort", async () => {
    const { session, adapter } = await open(4);
    await session.crash(3);
    const abort = new AbortController();
    const started: number[] = [];
    const until = adapter.workload(async ({ index, signal }) => {
      started.push(index);
      if (index === 1) {
        abort.abort("enough");
        if (!signal.aborted)
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
      }
      return index;
    });
    const run = session.run(until, null, { signal: abort.signal, start: "one-by-one" });
    expect(await run).toMatchObject([
      { status: "done", value: 0 },
      { status: "done", value: 1 },
      { status: "failed", error: { code: "CONTENDER_FAILED", cause: "enough" } },
      { status: "crashed" },
    ]);
    expect(started).toEqual([0, 1]);
  });

  test("one-by-one meets nobody but those that run", { timeout: 2_000 }, async () => {
    const { session, adapter } = await open(3);
    const meet = adapter.workload(async (contender) => {
      await contender.meet("here");
      return contender.index;
    });
    expect(await session.run(meet, null, { start: "one-by-one" })).toEqual(
      [0, 1, 2].map((value) => ({ status: "done", value })),
    );
  });
});
