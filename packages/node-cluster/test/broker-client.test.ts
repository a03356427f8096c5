import { describe, expect, it } from "vitest";
import type { BrokerChannel, ChannelListener } from "../src/broker-channel.ts";
import { BrokerClient } from "../src/broker-client.ts";
import { IpcMutex } from "../src/ipc-mutex.ts";
import type { BrokerRequest } from "../src/protocol.ts";

const handle = { module: "@ticketlock/node-cluster", kind: "ipc", version: 1, data: null };

/** A channel whose other end is the test. */
class TestChannel implements BrokerChannel {
  readonly brokerName = "the test";
  readonly brokerProcessId = 1;
  readonly posted: BrokerRequest[] = [];
  congested = false;
  listener!: ChannelListener;

  listen(listener: ChannelListener): void {
    this.listener = listener;
  }
  post(request: BrokerRequest): void {
    this.posted.push(request);
  }
  postLater(request: BrokerRequest): void {
    this.post(request);
  }
  /** The last question's id. */
  get id(): number {
    return this.posted.findLast((request) => "id" in request)!.id;
  }
}

function mutexOn(channel: TestChannel): IpcMutex {
  return new IpcMutex(handle, new BrokerClient(channel, { handshakeMs: 50 }), 7);
}

describe("IpcMutex over any channel", () => {
  it.each(["time-out", "abort", "close"])("hands back a grant that crosses its %s", async (how) => {
    const channel = new TestChannel();
    const mutex = mutexOn(channel);
    const controller = new AbortController();
    const pending = mutex.acquire(
      how === "time-out" ? { timeoutMs: 5 } : { signal: controller.signal },
    );
    const outcome = pending.catch((error: unknown) => error);
    const { id } = channel;
    if (how === "abort") controller.abort("why");
    if (how === "close") mutex.close();
    const error = await outcome;
    expect(how === "abort" ? error : (error as { code: string }).code).toBe(
      { "time-out": "LOCK_TIMEOUT", abort: "why", close: "LOCK_CLOSED" }[how],
    );
    channel.listener.received({
      type: "granted",
      id,
      seat: 7,
      token: 3,
      abandoned: false,
      contended: false,
    });
    expect(channel.posted).toEqual([
      { type: "acquire", id, seat: 7, wait: true },
      { type: "cancel", id },
      ...(how === "close" ? [{ type: "close", seat: 7 }] : []),
      { type: "release", seat: 7, token: 3 },
    ]);
  });

  it("releases once, and says nothing more after that", async () => {
    const channel = new TestChannel();
    const pending = mutexOn(channel).acquire();
    channel.listener.received({
      type: "granted",
      id: channel.id,
      seat: 7,
      token: 3,
      abandoned: true,
      contended: false,
    });
    const guard = await pending;
    guard.markConsistent();
    guard.release();
    guard.release();
    expect(() => guard.markConsistent()).toThrow(
      expect.objectContaining({ code: "LOCK_NOT_HOLDER" }),
    );
    expect(channel.posted.slice(1)).toEqual([
      { type: "consistent", seat: 7, token: 3 },
      { type: "release", seat: 7, token: 3 },
    ]);
  });

  it("rejects with LOCK_LOST, and aborts its guards' signals, when the broker goes", async () => {
    const channel = new TestChannel();
    const mutex = mutexOn(channel);
    const first = mutex.acquire();
    channel.listener.received({
      type: "granted",
      id: channel.id,
      seat: 7,
      token: 3,
      abandoned: false,
      contended: false,
    });
    const guard = await first;
    const pending = mutex.acquire().catch((error: unknown) => error);
    const { signal } = guard;
    channel.listener.closed();
    expect(await pending).toMatchObject({ code: "LOCK_LOST" });
    expect(signal.reason).toMatchObject({ code: "LOCK_LOST" });
    await expect(mutex.acquire()).rejects.toMatchObject({ code: "LOCK_LOST" });
    await expect(mutex.query()).rejects.toMatchObject({ code: "LOCK_LOST" });
    expect(() => guard.markConsistent()).toThrow(expect.objectContaining({ code: "LOCK_LOST" }));
    expect(() => guard.release()).toThrow(expect.objectContaining({ code: "LOCK_LOST" }));
    expect(() => guard.release()).not.toThrow();
  });

  it("asks nothing more of a broker that does not read, but still releases", async () => {
    const channel = new TestChannel();
    const mutex = mutexOn(channel);
    const pending = mutex.acquire();
    channel.listener.received({
      type: "granted",
      id: channel.id,
      seat: 7,
      token: 3,
      abandoned: false,
      contended: false,
    });
    channel.congested = true;
    await expect(mutex.acquire()).rejects.toMatchObject({ code: "QUEUE_FULL" });
    (await pending).release();
    expect(channel.posted.at(-1)?.type).toBe("release");
  });

  it("gives up after its limit where nobody answers, and asks again the next time", async () => {
    const channel = new TestChannel();
    const client = new BrokerClient(channel, { handshakeMs: 250 });
    await expect(client.open("orders", "/state")).rejects.toMatchObject({
      code: "LOCK_UNSUPPORTED",
    });
    expect(channel.posted.length).toBeGreaterThan(1);
    const opening = client.open("orders", "/state");
    channel.listener.received({ type: "welcome", id: channel.id });
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    channel.listener.received({ type: "opened", id: channel.id, seat: 9 });
    expect(await opening).toBe(9);
  });

  it.each([
    {},
    null,
    7,
    { type: "granted" },
    { type: "busy", id: -1 },
    { type: "granted", id: 1, seat: 7, token: 1.5, abandoned: false },
  ])("ignores the malformed answer %j", async (reply) => {
    const channel = new TestChannel();
    const pending = mutexOn(channel).acquire();
    channel.listener.received(reply);
    channel.listener.received({
      type: "granted",
      id: channel.id,
      seat: 7,
      token: 3,
      abandoned: false,
      contended: false,
    });
    expect((await pending).token).toBe(3);
  });
});
