import { describe, expect, test } from "vitest";
import { createQueue, openQueueReceiver, openQueueSender } from "../src/index.ts";
import { type Act, LIMIT_MS } from "./act.ts";
import { TestWorker } from "./worker-kit.ts";

type Sending = Extract<Act, { act: "send" }>;

function startSender(sending: Omit<Sending, "act">): TestWorker {
  return new TestWorker({ act: "send", ...sending });
}

/** The numbers that one sender's messages carried, in order of receipt. */
function numbersOf(texts: readonly (string | undefined)[], name: string): number[] {
  return texts
    .filter((text): text is string => text?.startsWith(`${name} `) ?? false)
    .map((text) => Number(text.slice(name.length + 1)));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe("a queue between threads", () => {
  test("brings all messages of blocking senders to a receiver that awaits, each sender's in order, and then the end", async () => {
    const queue = createQueue({ cells: 4, senders: 2 });
    const receiver = openQueueReceiver(queue);
    for (const name of ["a", "b"]) startSender({ queue, name, count: 800, end: "close" });
    const texts: string[] = [];
    for await (const text of receiver) texts.push(text);
    expect(numbersOf(texts, "a")).toEqual(upTo(800));
    expect(numbersOf(texts, "b")).toEqual(upTo(800));
    expect(texts).toHaveLength(1_600);
  });

  test("brings them to a receiver that blocks its thread, and the end when senders are gone without a word", async () => {
    const queue = createQueue({ cells: 4, senders: 2 });
    const receiver = openQueueReceiver(queue);
    const ends = ["return", "process.exit"] as const;
    const senders = ends.map((end) => startSender({ queue, name: end, count: 100, end }));
    for (const sender of senders) expect(await sender.said()).toBe("open");
    const texts: (string | undefined)[] = [];
    do texts.push(receiver.receiveSync({ timeoutMs: LIMIT_MS }));
    while (texts.at(-1) !== undefined);
    expect(numbersOf(texts, "return")).toEqual(upTo(100));
    expect(numbersOf(texts, "process.exit")).toEqual(upTo(100));
    expect(receiver.receiveSync({ timeoutMs: 0 })).toBeUndefined();
  });

  test("keeps what a terminated sender had sent, and what the others send", async () => {
    const queue = createQueue({ cells: 8, senders: 2 });
    const receiver = openQueueReceiver(queue);
    const victim = startSender({ queue, name: "victim", count: 100_000, end: "close" });
    receiver.watch(victim.worker);
    const other = startSender({ queue, name: "other", count: 300, end: "close" });
    receiver.watch(other.worker);
    const texts: string[] = [];
    for await (const text of receiver) {
      texts.push(text);
      if (text === "victim 50") void victim.worker.terminate();
    }
    const [fromVictim, fromOther] = [numbersOf(texts, "victim"), numbersOf(texts, "other")];
    expect(fromOther).toEqual(upTo(300));
    expect(fromVictim).toEqual(upTo(fromVictim.length));
    expect(fromVictim.length).toBeLessThan(100_000);
    expect(texts).toHaveLength(fromVictim.length + fromOther.length);
  });

  test.for(["close", "process.exit", "return"] as const)(
    "refuses senders, also one that blocks, when its receiver ends by %s",
    async (end) => {
      const queue = createQueue({ cells: 2, senders: 2 });
      const receiver = new TestWorker({ act: "receive", queue, count: 3, end });
      expect(await receiver.said()).toBe("open");
      const blocked = startSender({ queue, name: "blocked", count: 1_000, end: "close" });
      expect(await blocked.said()).toBe("open");
      expect(await blocked.said()).toEqual({ refused: "QUEUE_CLOSED" });
      const sender = openQueueSender(queue);
      expect(sender.closed).toBe(true);
      await expect(sender.send("late")).rejects.toMatchObject({ code: "QUEUE_CLOSED" });
      await receiver.exited;
    },
  );

  test("refuses a sender that awaits room when the watched receiver is terminated", async () => {
    const queue = createQueue({ cells: 2 });
    const sender = openQueueSender(queue);
    const receiver = new TestWorker({ act: "receive", queue, count: 1_000, end: "close" });
    sender.watch(receiver.worker);
    expect(await receiver.said()).toBe("open");
    await receiver.worker.terminate();
    await expect(
      (async () => {
        for (;;) await sender.send("any");
      })(),
    ).rejects.toMatchObject({ code: "QUEUE_CLOSED" });
  });

  test("has one receiver", async () => {
    const queue = createQueue();
    const receiver = new TestWorker({ act: "receive", queue, count: 1, end: "close" });
    expect(await receiver.said()).toBe("open");
    const taken = expect.objectContaining({ code: "QUEUE_TAKEN" });
    expect(() => openQueueReceiver(queue)).toThrow(taken);
    openQueueSender(queue).sendSync("only", { timeoutMs: LIMIT_MS });
    expect(await receiver.said()).toEqual(["only"]);
  });
});
