import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createQueue, QueueReceiver, QueueSender, type QueueOptions } from "../src/index.ts";
import { fakePlatform, MODULE } from "./fake-platform.ts";

interface Ends {
  readonly receiver: QueueReceiver;
  readonly senders: readonly QueueSender[];
}

/** A queue whose receiver is thread 1, and whose senders are threads 2, 3, ...; thread n is 100 + n for the system. */
function openAll(options: QueueOptions = {}, gone: Set<number> = new Set()): Ends {
  const handle = createQueue(MODULE, options);
  const platform = (id: number): ReturnType<typeof fakePlatform> =>
    fakePlatform(id, { osThreadId: 100 + id, gone });
  const receiver = new QueueReceiver(handle, platform(1));
  const senders = Array.from(
    { length: options.senders ?? 1 },
    (_, i) => new QueueSender(handle, platform(i + 2)),
  );
  return { receiver, senders };
}

function openOne(options: QueueOptions = {}): { receiver: QueueReceiver; sender: QueueSender } {
  const { receiver, senders } = openAll(options);
  return { receiver, sender: senders[0]! };
}

function withCode(code: string): unknown {
  return expect.objectContaining({ name: "TicketlockError", code });
}

describe("a queue", () => {
  test("brings messages in order, lap after lap, and says when it is full or empty", () => {
    const { receiver, sender } = openOne({ cells: 4 });
    for (let lap = 0; lap < 10; lap++) {
      for (let i = 0; i < 4; i++) expect(sender.trySend(`${lap} ${i}`)).toBe(true);
      expect(sender.trySend("too many")).toBe(false);
      for (let i = 0; i < 4; i++) expect(receiver.tryReceive()).toBe(`${lap} ${i}`);
      expect(receiver.tryReceive()).toBeUndefined();
    }
  });

  test("has as many cells as was asked for, rounded up to a power of two", () => {
    for (const [cells, room] of [
      [1, 1],
      [3, 4],
      [5, 8],
    ] as const) {
      const { sender } = openOne({ cells });
      for (let i = 0; i < room; i++) expect(sender.trySend("any")).toBe(true);
      expect(sender.trySend("too many")).toBe(false);
    }
  });

  test("carries any text as it is, the empty one included", () => {
    const { receiver, sender } = openOne({ cells: 1, cellBytes: 400 });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(sender.trySend(text)).toBe(true);
        expect(receiver.tryReceive()).toBe(text);
      }),
    );
    expect(sender.trySend("")).toBe(true);
    expect(receiver.receiveSync({ timeoutMs: 0 })).toBe("");
  });

  test("refuses a message that does not fit, and what is no text, and takes the next", () => {
    const { receiver, sender } = openOne({ cellBytes: 4 });
    expect(() => sender.trySend("12345")).toThrow(withCode("QUEUE_MESSAGE_TOO_LARGE"));
    expect(() => sender.trySend("€€")).toThrow(withCode("QUEUE_MESSAGE_TOO_LARGE"));
    expect(() => sender.trySend("\ud800")).toThrow(TypeError);
    expect(() => sender.trySend(5 as never)).toThrow(TypeError);
    expect(sender.trySend("🎟")).toBe(true);
    expect(receiver.tryReceive()).toBe("🎟");
  });

  test("lets a sender wait for room, in the order of its sends, and a receiver for messages", async () => {
    const { receiver, sender } = openOne({ cells: 2 });
    const sends = ["x", "y", "a", "b", "c"].map((text) => sender.send(text));
    expect(sender.trySend("before its turn")).toBe(false);
    const texts: (string | undefined)[] = [];
    for (let i = 0; i < 5; i++) texts.push(await receiver.receive());
    await Promise.all(sends);
    const waiting = receiver.receive();
    sender.sendSync("d");
    expect([...texts, await waiting]).toEqual(["x", "y", "a", "b", "c", "d"]);
  });

  test("ends a wait with its own error, or the signal's reason, and loses no message by it", async () => {
    const { receiver, sender } = openOne({ cells: 1 });
    expect(() => receiver.receiveSync({ timeoutMs: 5 })).toThrow(withCode("QUEUE_TIMEOUT"));
    await expect(receiver.receive({ timeoutMs: 0 })).rejects.toEqual(withCode("QUEUE_TIMEOUT"));
    await expect(receiver.receive({ timeoutMs: 5 })).rejects.toEqual(withCode("QUEUE_TIMEOUT"));
    const abort = new AbortController();
    const aborted = receiver.receive({ signal: abort.signal });
    abort.abort("changed my mind");
    await expect(aborted).rejects.toBe("changed my mind");
    sender.sendSync("a", { timeoutMs: 0 });
    expect(() => sender.sendSync("b", { timeoutMs: 5 })).toThrow(withCode("QUEUE_FULL"));
    await expect(sender.send("c", { timeoutMs: 5 })).rejects.toEqual(withCode("QUEUE_FULL"));
    await expect(sender.send("d", { timeoutMs: -1 })).rejects.toThrow(RangeError);
    expect(receiver.tryReceive()).toBe("a");
    expect(receiver.tryReceive()).toBeUndefined();
  });

  test("tells the receiver the end when all senders that were to come have left, after their last messages", async () => {
    const { receiver, senders } = openAll({ senders: 2 });
    senders[0]!.trySend("last of one");
    senders[0]!.close();
    senders[0]!.close();
    expect(await receiver.receive()).toBe("last of one");
    await expect(receiver.receive({ timeoutMs: 5 })).rejects.toEqual(withCode("QUEUE_TIMEOUT"));
    const waiting = receiver.receive();
    senders[1]!.close();
    expect(await waiting).toBeUndefined();
    expect(receiver.receiveSync()).toBeUndefined();
    expect(() => senders[1]!.trySend("late")).toThrow(withCode("QUEUE_CLOSED"));
  });

  test.for([{ told: true }, { told: false }])(
    "tells the end when the last sender has died, told: $told",
    async ({ told }) => {
      const gone = new Set<number>();
      const { receiver, senders } = openAll({}, gone);
      senders[0]!.trySend("a");
      const all = (async () => {
        const texts: string[] = [];
        for await (const text of receiver) texts.push(text);
        return texts;
      })();
      if (told) receiver.recover(2);
      else gone.add(102);
      expect(await all).toEqual(["a"]);
    },
  );

  test("has no hole where a sender died between taking a cell and filling it", () => {
    const { receiver, senders } = openAll({ cells: 4, senders: 2 });
    const { store } = Atomics;
    Atomics.store = (() => {
      throw new Error("dies here");
    }) as typeof Atomics.store;
    expect(() => senders[0]!.trySend("lost")).toThrow("dies here");
    Atomics.store = store;
    senders[1]!.sendSync("kept");
    expect(receiver.tryReceive()).toBeUndefined(); // the dead sender's cell comes first
    receiver.recover(2);
    expect(receiver.tryReceive()).toBe("kept");
  });

  test.for(["closes", "dies"])("refuses senders once the receiver %s", async (end) => {
    const { receiver, senders } = openAll({ cells: 1, senders: 2 });
    senders[0]!.trySend("a");
    const waiting = senders[0]!.send("b");
    if (end === "closes") receiver.close();
    else senders[1]!.recover(1);
    await expect(waiting).rejects.toEqual(withCode("QUEUE_CLOSED"));
    expect(() => senders[1]!.sendSync("c")).toThrow(withCode("QUEUE_CLOSED"));
    expect(senders[1]!.closed).toBe(true);
  });

  test("has one receiver, for good", () => {
    const handle = createQueue(MODULE);
    const receiver = new QueueReceiver(handle, fakePlatform(1));
    const second = (): QueueReceiver => new QueueReceiver(handle, fakePlatform(2));
    expect(second).toThrow(withCode("QUEUE_TAKEN"));
    receiver.close();
    expect(second).toThrow(withCode("QUEUE_TAKEN"));
  });

  test.for([{ cells: 0 }, { cells: 65_537 }, { cellBytes: 0 }, { cellBytes: 1.5 }, { senders: 0 }])(
    "refuses impossible sizes: %o",
    (options) => {
      expect(() => createQueue(MODULE, options)).toThrow(RangeError);
    },
  );

  test("refuses handles of other things", () => {
    const other = { module: MODULE, kind: "futex", version: 1, data: new SharedArrayBuffer(4_096) };
    for (const handle of [null, {}, other])
      for (const End of [QueueSender, QueueReceiver])
        expect(() => new End(handle as never, fakePlatform(1))).toThrow(withCode("HANDLE_INVALID"));
  });
});
