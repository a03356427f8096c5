import { describe, expect, onTestFinished, test } from "vitest";
import { openSession, type Outcome, type Session, type SessionOptions } from "../src/index.ts";
import { FakeAdapter } from "./fake-launcher.ts";

async function open(
  contenders: number,
  options: Partial<SessionOptions> = {},
): Promise<{ session: Session; adapter: FakeAdapter }> {
  const adapter = new FakeAdapter();
  const session = await openSession({ adapters: [adapter], contenders, ...options });
  onTestFinished(() => session.close());
  return { session, adapter };
}

/** A promise to be settled by hand. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Settles after everything that is on its way has been delivered. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Timers that keep this process alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

function raise(error: Error): never {
  throw error;
}

/** Mixed into 32 bits, two of these contenders' seeds differ in the lowest bit only. */
const COLLIDING = { seed: 46_948_794, contenders: 16 };

describe("openSession", () => {
  test("gives every contender its place, a seed of its own, and the shared lock and store", async () => {
    const { session, adapter } = await open(3, { store: { options: { capacity: 5 } }, seed: 7 });
    const facts = adapter.workload((contender, input) => ({
      index: contender.index,
      count: contender.count,
      seed: contender.seed,
      lock: contender.lock().handle.data,
      capacity: (contender.store.read() as { capacity: number }).capacity,
      input,
    }));
    const outcomes = await session.run<string, { seed: number }>(facts, "in");
    const shared = { count: 3, lock: 0, capacity: 5, input: "in" };
    for (const [index, outcome] of outcomes.entries())
      expect(outcome).toMatchObject({ status: "done", value: { index, ...shared } });
    const seeds = outcomes.map((outcome) => (outcome.status === "done" ? outcome.value.seed : -1));
    expect(new Set(seeds).size).toBe(3);
    expect(session.ids).toEqual([100, 101, 102]);
    const again = await open(3, { seed: 7 });
    const sameSeeds = await again.session.run<null, number>(
      again.adapter.workload((contender) => contender.seed),
      null,
    );
    expect(sameSeeds.map((outcome) => outcome.status === "done" && outcome.value)).toEqual(seeds);
  });

  test.for([
    { contenders: 0 },
    { contenders: 257 },
    { contenders: 1.5 },
    { contenders: Number.NaN },
    { contenders: 1, seed: -1 },
    { contenders: 1, lock: { count: -1 } },
    { contenders: 1, limitMs: Number.NaN },
    { contenders: 1, limitMs: -1 },
    { contenders: 1, limitMs: 2 ** 31 },
  ])("refuses impossible numbers: %o", async (options) => {
    const session = openSession({ adapters: [new FakeAdapter()], ...options });
    await expect(session).rejects.toThrow(RangeError);
  });

  test("refuses adapters of which none starts contenders", async () => {
    const { launcher: _, ...rest } = new FakeAdapter();
    const session = openSession({ adapters: [{ ...rest, locks: [], stores: [] }], contenders: 1 });
    await expect(session).rejects.toMatchObject({ code: "ADAPTER_INVALID" });
  });

  test("refuses a lock whose scope does not reach its contenders, and closes what it had opened", async () => {
    const adapter = new FakeAdapter();
    const wide = { ...adapter.launcher, scope: "processes" as const };
    const session = openSession({
      adapters: [{ name: "wide", url: "x", locks: adapter.locks, stores: [], launcher: wide }],
      contenders: 1,
    });
    await expect(session).rejects.toMatchObject({ code: "LOCK_SCOPE" });
    expect(adapter.started).toHaveLength(0);
  });

  test("ends what it has started when a contender cannot be started, and leaves no timer", async () => {
    const adapter = new FakeAdapter();
    adapter.unstartable = 2;
    const before = timers();
    const session = openSession({ adapters: [adapter], contenders: 3 });
    await expect(session).rejects.toThrow("no thread to be had");
    await expect(adapter.started[0]!.exited).resolves.toEqual({ code: 0 });
    expect(adapter.locks[0].made[0]!.closed).toBeGreaterThan(0);
    expect(timers()).toBe(before);
  });

  test("tells why it could not open, also where a lock cannot be closed", async () => {
    const adapter = new FakeAdapter();
    adapter.unstartable = 0;
    const { open } = adapter.locks[0];
    adapter.locks[0].open = (handle) =>
      Object.assign(open(handle), { close: () => raise(new Error("cannot be closed")) });
    const session = openSession({ adapters: [adapter], contenders: 1 });
    await expect(session).rejects.toThrow("no thread to be had");
  });

  test("gives up a contender that does not open its locks within limitMs", async () => {
    const adapter = new FakeAdapter();
    adapter.deafAtStart = 1;
    const session = openSession({ adapters: [adapter], contenders: 2, limitMs: 50 });
    await expect(session).rejects.toMatchObject({ code: "CONTENDER_TIMEOUT" });
    expect((await adapter.started[1]!.exited).code).toBe(1);
  });
});

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

describe("Session", () => {
  test("gives a contender the same lock of its own again and again", async () => {
    const { session, adapter } = await open(2);
    const own = adapter.workload(async ({ ownLock }) => {
      const locks = await Promise.all([ownLock(), ownLock()]);
      return [...locks, await ownLock()].map((lock) => lock.handle.data);
    });
    const outcomes = [...(await session.run(own, null)), ...(await session.run(own, null))];
    const seen = outcomes.map((outcome) => (outcome.status === "done" ? outcome.value : []));
    expect(seen.map((locks) => new Set(locks as number[]).size)).toEqual([1, 1, 1, 1]);
    expect(seen.slice(2)).toEqual(seen.slice(0, 2));
    expect(adapter.locks[0].made).toHaveLength(3);
    await session.close();
    expect(adapter.locks[0].made.slice(1).map((lock) => lock.closed)).toEqual([1, 1]);
  });

  test("gives contenders seeds that differ, also where 31 bits of them would not", async () => {
    const { session, adapter } = await open(COLLIDING.contenders, { seed: COLLIDING.seed });
    const outcomes: readonly Outcome<unknown>[] = await session.run(
      adapter.workload((contender) => contender.seed),
      null,
    );
    const seeds = outcomes.map((outcome) => outcome.status === "done" && outcome.value);
    expect(new Set(seeds).size).toBe(COLLIDING.contenders);
  });

  test("closes the rest when one lock cannot be closed, and tells", async () => {
    const adapter = new FakeAdapter();
    const session = await openSession({
      adapters: [adapter],
      contenders: 1,
      lock: { count: 2 },
      store: { options: { capacity: 1 } },
    });
    const refused = new Error("cannot be closed");
    adapter.locks[0].made[0]!.close = () => raise(refused);
    await expect(session.close()).rejects.toBe(refused);
    // The owner's opening and the contender's; the contender has ended by itself.
    expect(adapter.locks[0].made[1]!.closed).toBe(2);
    expect(adapter.stores[0].made[0]!.closed).toBe(2);
    expect(await adapter.started[0]!.exited).toEqual({ code: 0 });
  });

  test("reports crashed for a contender that was crashed before the run", async () => {
    const { session, adapter } = await open(2);
    await session.crash(0);
    await session.crash(0);
    const outcomes = await session.run(
      adapter.workload(() => 1),
      null,
    );
    expect(outcomes).toMatchObject([{ status: "crashed" }, { status: "done" }]);
    await expect(session.crash(2)).rejects.toThrow(RangeError);
  });

  test("closes contenders, locks and store once, and runs nothing after", async () => {
    const { session, adapter } = await open(2, { store: { options: { capacity: 1 } } });
    await Promise.all([session.close(), session.close()]);
    await session[Symbol.asyncDispose]();
    // The owner's opening and each contender's: the fake hands out one object.
    expect(adapter.locks[0].made[0]!.closed).toBe(3);
    expect(adapter.stores[0].made[0]!.closed).toBe(3);
    await expect(
      session.run(
        adapter.workload(() => 1),
        null,
      ),
    ).rejects.toMatchObject({
      code: "CONTENDER_CRASHED",
    });
  });

  test("refuses a lock or store that the session does not have", async () => {
    const { session, adapter } = await open(1, { lock: { count: 2 } });
    const use = adapter.workload(({ lock }) => [lock(0), lock(1), lock(2)].length);
    expect(await session.run(use, null)).toMatchObject([
      { status: "failed", error: { message: "RangeError: Cannot use lock 2: the session has 2." } },
    ]);
    const read = adapter.workload((contender) => contender.store);
    expect(await session.run(read, null)).toMatchObject([
      { status: "failed", error: { code: "STORE_UNSUPPORTED" } },
    ]);
  });

  test("gives ownLock a lock of the session's kind that nobody else has", async () => {
    const { session, adapter } = await open(2);
    const own = adapter.workload(async ({ ownLock }) => (await ownLock()).handle.data);
    const outcomes = await session.run(own, null);
    expect(outcomes.map((outcome) => outcome.status === "done" && outcome.value).sort()).toEqual([
      1, 2,
    ]);
  });
});
