import { isTicketlockError, type Handle } from "@ticketlock/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createQueue, QueueReceiver, QueueSender } from "../src/shared-queue.ts";
import { fakePlatform, MODULE } from "./fake-platform.ts";

const platform = (thread: number): ReturnType<typeof fakePlatform> => fakePlatform(thread);
const sender = (handle: Handle, thread = 1): QueueSender =>
  new QueueSender(handle, platform(thread));
const receiver = (handle: Handle, thread = 9): QueueReceiver =>
  new QueueReceiver(handle, platform(thread));

describe("QueueSender and QueueReceiver", () => {
  test("pass texts of any script through, in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { maxLength: 40 }),
        (texts) => {
          const handle = createQueue(MODULE, { cells: 4, cellBytes: 1_024 });
          const [from, to] = [sender(handle), receiver(handle)];
          const received: string[] = [];
          for (const text of texts) {
            while (!from.trySend(text)) received.push(to.tryReceive()!);
          }
          for (let text = to.tryReceive(); text !== undefined; text = to.tryReceive())
            received.push(text);
          expect(received).toEqual(texts);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("refuse half a surrogate pair and what is no text, and go on", () => {
    const handle = createQueue(MODULE, { cells: 2, cellBytes: 248 });
    const from = sender(handle);
    expect(() => from.trySend(`${"x".repeat(245)}\ud800`)).toThrow(TypeError);
    expect(() => from.trySend(7 as unknown as string)).toThrow(TypeError);
    expect(from.trySend("a") && from.trySend("b") && !from.trySend("c")).toBe(true);
  });

  test("keep the order of one sender, whichever way it sends", async () => {
    const handle = createQueue(MODULE, { cells: 2 });
    const [from, to] = [sender(handle), receiver(handle)];
    const sends = Array.from({ length: 200 }, (_, i) => from.send(String(i)));
    expect(from.trySend("later")).toBe(false);
    const texts: string[] = [];
    while (texts.length < 200) texts.push((await to.receive({ timeoutMs: 5_000 }))!);
    await Promise.all(sends);
    expect(texts).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
  });

  test("tell the receiver the end once all senders have come and left", async () => {
    const handle = createQueue(MODULE, { senders: 2 });
    const to = receiver(handle);
    const first = sender(handle, 1);
    first.sendSync("one");
    first.close();
    expect(await to.receive()).toBe("one");
    expect(to.tryReceive()).toBeUndefined();
    const second = sender(handle, 2);
    second.sendSync("two");
    second.close();
    const rest: string[] = [];
    for await (const text of to) rest.push(text);
    expect(rest).toEqual(["two"]);
  });

  test("tell senders when the receiver has died, and the receiver when a sender has", async () => {
    const handle = createQueue(MODULE, { cells: 1, senders: 1 });
    const [from, to] = [sender(handle, 1), receiver(handle, 9)];
    from.sendSync("full");
    const blocked = from.send("waits");
    from.recover(9);
    await expect(blocked).rejects.toSatisfy((error) => isTicketlockError(error, "QUEUE_CLOSED"));
    expect(from.closed).toBe(true);
    expect(to.handle).toBe(handle);

    const other = createQueue(MODULE, { senders: 1 });
    const listener = receiver(other, 9);
    sender(other, 1);
    const end = listener.receive();
    listener.recover(1);
    expect(await end).toBeUndefined();
  });

  test("leave no hole where a sender died between taking a cell and filling it", () => {
    const handle = createQueue(MODULE, { cells: 4, senders: 2 });
    const [dying, other, to] = [sender(handle, 1), sender(handle, 2), receiver(handle, 9)];
    const { store } = Atomics;
    Atomics.store = (() => {
      throw new Error("dies here");
    }) as typeof Atomics.store;
    expect(() => dying.trySend("lost")).toThrow("dies here");
    Atomics.store = store;
    other.sendSync("kept");
    expect(to.tryReceive()).toBeUndefined(); // the dead sender's cell comes first
    to.recover(1);
    expect(to.tryReceive()).toBe("kept");
  });

  test("time out, abort and refuse too long a text and a second receiver with codes of their own", async () => {
    const handle = createQueue(MODULE, { cells: 1, cellBytes: 4 });
    const [from, to] = [sender(handle), receiver(handle)];
    expect(() => to.receiveSync({ timeoutMs: 0 })).toThrow(/no message came/);
    expect(() => from.sendSync("12345")).toThrow(/Cannot send 5 bytes/);
    from.sendSync("1234");
    expect(() => from.sendSync("x", { timeoutMs: 1 })).toThrow(/the queue is full/);
    await expect(from.send("x", { timeoutMs: 0 })).rejects.toThrow(/the queue is full/);
    const abort = new AbortController();
    const send = from.send("x", { signal: abort.signal });
    abort.abort("enough");
    await expect(send).rejects.toBe("enough");
    expect(to.tryReceive()).toBe("1234");
    expect(to.tryReceive()).toBeUndefined(); // what was called off was not sent
    expect(() => receiver(handle, 8)).toThrow(/another receiver/);
  });
});
