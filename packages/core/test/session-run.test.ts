import { describe, expect, test } from "vitest";
import { gate, open, settle, timers } from "./session-kit.ts";

describe("Session.run", () => {
  test("lets all contenders start only when all have loaded the workload", async () => {
    const { session, adapter } = await open(3);
    const started: number[] = [];
    const outcomes = await session.run(
      adapter.workload(async ({ index, meet }) => {
        started.push(index);
        await meet("all");
        return started.length;
      }),
      null,
    );
    expect(outcomes).toEqual([
      { status: "done", value: 3 },
      { status: "done", value: 3 },
      { status: "done", value: 3 },
    ]);
  });

  test("answers requests one after the other, in order of arrival", async () => {
    const { session, adapter } = await open(3);
    const log: string[] = [];
    const onRequest = async (topic: string, body: unknown, index: number): Promise<string> => {
      log.push(`${index} begins`);
      await settle();
      log.push(`${index} ends`);
      return `${topic} ${String(body)}`;
    };
    const ask = adapter.workload(({ channel, index }) => channel.request("topic", index));
    const outcomes = await session.run(ask, null, { onRequest });
    expect(outcomes.map((outcome) => outcome.status === "done" && outcome.value)).toEqual([
      "topic 0",
      "topic 1",
      "topic 2",
    ]);
    expect(log).toEqual([0, 1, 2].flatMap((index) => [`${index} begins`, `${index} ends`]));
  });

  test("rejects a request whose handler throws, and goes on answering", async () => {
    const { session, adapter } = await open(2);
    const answers: unknown[] = [];
    const ask = adapter.workload(async ({ channel, index, meet }) => {
      if (index === 1) await meet("after the first");
      const answer = await channel.request("topic", index).catch((error: unknown) => error);
      answers[index] = answer;
      if (index === 0) await meet("after the first");
    });
    await session.run(ask, null, {
      onRequest: (_topic, body) => {
        if (body === 0) throw new RangeError("not zero");
        return "fine";
      },
    });
    expect(answers).toMatchObject([
      { code: "CONTENDER_FAILED", message: "RangeError: not zero" },
      "fine",
    ]);
  });

  test("rejects a request whose answer cannot be sent, and goes on answering", async () => {
    const { session, adapter } = await open(1);
    const ask = adapter.workload(async ({ channel }) => {
      const refused = await channel.request("topic", 0).catch((error: unknown) => error);
      return [String(refused), await channel.request("topic", 1)];
    });
    const onRequest = (_topic: string, body: unknown): unknown => (body === 0 ? () => {} : "fine");
    const [outcome] = await session.run(ask, null, { onRequest });
    expect(outcome).toMatchObject({ status: "done", value: [expect.any(String), "fine"] });
  });

  test("rejects for an input that cannot be sent, and leaves no timer", async () => {
    const { session, adapter } = await open(2);
    const before = timers();
    await expect(
      session.run(
        adapter.workload(() => 1),
        () => {},
      ),
    ).rejects.toThrow();
    expect(timers()).toBe(before);
    const outcomes = await session.run(
      adapter.workload(() => 1),
      null,
    );
    expect(outcomes).toEqual([
      { status: "done", value: 1 },
      { status: "done", value: 1 },
    ]);
  });

  test("hands what contenders send to onSend", async () => {
    const { session, adapter } = await open(2);
    const sent: unknown[] = [];
    const send = adapter.workload(({ channel, index }) => channel.send("topic", { index }));
    await session.run(send, null, { onSend: (...message) => void sent.push(message) });
    expect(sent).toEqual([
      ["topic", { index: 0 }, 0],
      ["topic", { index: 1 }, 1],
    ]);
  });

  test("tells apart what a workload throws and a contender that ends", async () => {
    const { session, adapter } = await open(3);
    const outcomes = await session.run(
      adapter.workload(async ({ index, channel }) => {
        if (index === 0) throw new TypeError("no");
        if (index === 1) await channel.request("end me", index);
        return "fine";
      }),
      null,
      { onRequest: (_topic, _body, index) => session.crash(index) },
    );
    expect(outcomes).toMatchObject([
      { status: "failed", error: { code: "CONTENDER_FAILED", message: "TypeError: no" } },
      { status: "crashed", error: { code: "CONTENDER_CRASHED" } },
      { status: "done", value: "fine" },
    ]);
  });

  test.for([
    { what: "null", thrown: null },
    { what: "an object without a prototype", thrown: Object.create(null) as object },
    { what: "a symbol", thrown: Symbol("no") },
  ])("fails for a workload that throws $what", async ({ thrown }) => {
    const { session, adapter } = await open(1);
    const [outcome] = await session.run(
      adapter.workload(() => {
        throw thrown;
      }),
      null,
    );
    expect(outcome).toMatchObject({ status: "failed", error: { code: "CONTENDER_FAILED" } });
  });

  test("fails for a result that cannot be sent", async () => {
    const { session, adapter } = await open(1);
    const [outcome] = await session.run(
      adapter.workload(() => () => {}),
      null,
    );
    expect(outcome).toMatchObject({ status: "failed", error: { code: "CONTENDER_FAILED" } });
  });

  test.for([
    { what: "cannot be imported", module: new Error("syntax") },
    { what: "exports no function", module: { default: 5 } },
  ])("fails for a module that $what", async ({ module }) => {
    const { session, adapter } = await open(2);
    const outcomes = await session.run(adapter.module(module), null);
    const failed = { status: "failed", error: { code: "CONTENDER_FAILED" } };
    expect(outcomes).toMatchObject([failed, failed]);
  });

  test("waits at a meeting for all who still run, and for nobody else", async () => {
    const { session, adapter } = await open(3);
    await session.crash(2);
    const late = gate();
    let met = false;
    const meet = adapter.workload(async ({ index, meet }) => {
      if (index === 1) await late.opened;
      await meet("here");
      met = true;
    });
    const run = session.run(meet, null);
    await settle();
    expect(met).toBe(false);
    late.open();
    expect((await run).map(({ status }) => status)).toEqual(["done", "done", "crashed"]);
  });

  test("lets a meeting go on when one who has not come ends", async () => {
    const { session, adapter } = await open(2);
    const meet = adapter.workload(async ({ index, meet, channel }) => {
      if (index === 1) await channel.request("end me", index);
      await meet("here");
      return "met";
    });
    const outcomes = await session.run(meet, null, {
      onRequest: (_topic, _body, index) => session.crash(index),
    });
    expect(outcomes).toMatchObject([{ status: "done", value: "met" }, { status: "crashed" }]);
  });

  test("has one beginning for all who start together, and one for each who starts alone", async () => {
    const { session, adapter } = await open(3);
    const begun = adapter.workload(({ startedNs }) => String(startedNs));
    const beginnings = async (start: "together" | "one-by-one"): Promise<Set<unknown>> => {
      const outcomes = await session.run(begun, null, { start });
      return new Set(outcomes.map((outcome) => outcome.status === "done" && outcome.value));
    };
    expect((await beginnings("together")).size).toBe(1);
    expect((await beginnings("one-by-one")).size).toBe(3);
  });

  test("starts one contender after the other when told to", async () => {
    const { session, adapter } = await open(3);
    const log: string[] = [];
    const step = adapter.workload(async ({ index }) => {
      log.push(`${index} begins`);
      await settle();
      log.push(`${index} ends`);
    });
    await session.run(step, null, { start: "one-by-one" });
    expect(log).toEqual([0, 1, 2].flatMap((index) => [`${index} begins`, `${index} ends`]));
  });

  test("tells contenders of an abort through their own signal", async () => {
    const { session, adapter } = await open(2);
    const abort = new AbortController();
    const ready = gate();
    const until = adapter.workload(async ({ signal, channel }) => {
      channel.send("running", null);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return "aborted";
    });
    const run = session.run(until, null, { signal: abort.signal, onSend: () => ready.open() });
    await ready.opened;
    abort.abort();
    expect(await run).toEqual([
      { status: "done", value: "aborted" },
      { status: "done", value: "aborted" },
    ]);
  });

  test("tells contenders of an abort that came while they were loading", async () => {
    const { session, adapter } = await open(2);
    const abort = new AbortController();
    const until = adapter.workload(async ({ signal }) => {
      if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return "aborted";
    });
    const run = session.run(until, null, { signal: abort.signal });
    abort.abort();
    expect(await run).toEqual([
      { status: "done", value: "aborted" },
      { status: "done", value: "aborted" },
    ]);
  });

  test("rejects with the reason of a signal that was aborted before", async () => {
    const { session, adapter } = await open(1);
    const signal = AbortSignal.abort("why");
    await expect(
      session.run(
        adapter.workload(() => 1),
        null,
        { signal },
      ),
    ).rejects.toBe("why");
  });

  test("kills a contender that does not end after an abort", async () => {
    const { session, adapter } = await open(1);
    const abort = new AbortController();
    const ready = gate();
    const stubborn = adapter.workload(({ channel }) => {
      channel.send("running", null);
      return new Promise(() => {});
    });
    const run = session.run(stubborn, null, { signal: abort.signal, onSend: () => ready.open() });
    await ready.opened;
    abort.abort();
    expect(await run).toMatchObject([{ status: "crashed" }]);
  });

  test("fails a contender that does not load within limitMs", async () => {
    const { session, adapter } = await open(2, { limitMs: 50 });
    adapter.started[1]!.deaf = true;
    const outcomes = await session.run(
      adapter.workload(() => 1),
      null,
    );
    expect(outcomes).toMatchObject([
      { status: "done", value: 1 },
      { status: "failed", error: { code: "CONTENDER_TIMEOUT" } },
    ]);
  });

  test("ignores what a contender posts of a run that is over, and what is malformed", async () => {
    const { session, adapter } = await open(1);
    const late = gate();
    const first = adapter.workload(({ channel }) => {
      void late.opened.then(() => channel.send("late", null));
      return 1;
    });
    await session.run(first, null);
    const sent: string[] = [];
    const second = adapter.workload(async () => {
      late.open();
      await settle();
      return 2;
    });
    const [outcome] = await session.run(second, null, { onSend: (topic) => void sent.push(topic) });
    expect(outcome).toEqual({ status: "done", value: 2 });
    expect(sent).toEqual([]);
  });
});
