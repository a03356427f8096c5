import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  Barrier,
  createQueue,
  FifoMutex,
  FutexMutex,
  QueueReceiver,
  QueueSender,
  SharedTicketStore,
} from "../src/index.ts";
import { type FakePlatform, fakePlatform, MODULE } from "./fake-platform.ts";
import { kinds, type Kind, type Mutex, withCode } from "./lock-scene.ts";

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.close()));

function keep<T extends { close(): void }>(one: T): T {
  opened.push(one);
  return one;
}

const gone = new Set<number>();
/** A thread that may run on after its end; of thread n the system knows as 100 + n whether it is gone. */
const undying = (threadId: number): FakePlatform =>
  fakePlatform(threadId, { osThreadId: 100 + threadId, gone, exitIsDeath: false });
afterEach(() => gone.clear());

function mutexes(kind: Kind, count: number, maxContenders = 8, tokensAbove = 0): Mutex[] {
  const options = { maxContenders, tokensAbove };
  const handle =
    kind === "futex" ? FutexMutex.create(MODULE, options) : FifoMutex.create(MODULE, options);
  return Array.from({ length: count }, (_, i) => {
    const platform = undying(i + 1);
    return keep(
      kind === "futex" ? new FutexMutex(handle, platform) : new FifoMutex(handle, platform),
    );
  });
}

/** No other word holds such a number. */
const TELLING_TOKEN = 123_456;

/** Does something as soon as the mutex has taken its lock and comes to issue its token. Gives what ends that. */
function betweenTakingAndToken(mutex: Mutex, act: () => void): () => void {
  const real = Atomics;
  const before = mutex.query().token;
  const compareExchange = (
    words: Int32Array,
    at: number,
    expected: number,
    replacement: number,
  ): number => {
    const isToken = mutex.query().held && expected === before && replacement === before + 1;
    if (isToken) {
      globalThis.Atomics = real;
      act();
    }
    return real.compareExchange(words, at, expected, replacement);
  };
  globalThis.Atomics = Object.create(real, {
    compareExchange: { value: compareExchange },
    ...Object.fromEntries(
      (["add", "load", "store", "notify", "wait", "sub", "or", "and", "exchange"] as const).map(
        (name) => [name, { value: real[name] }],
      ),
    ),
  }) as typeof Atomics;
  return () => void (globalThis.Atomics = real);
}

describe.for(kinds)("a %s mutex whose holder was ended and may run on", (kind) => {
  test("declares that it is lost with its holder", () => {
    expect(mutexes(kind, 1)[0]!.guarantees.ownerDeath).toBe("lost");
  });

  test("refuses every acquisition until reset, which raises the token", () => {
    const [one, two] = mutexes(kind, 2) as [Mutex, Mutex];
    const { token } = two.acquireSync();
    one.recover(2);
    expect(one.query()).toMatchObject({ held: true, lost: true, holder: { id: 2 }, token });
    expect(() => one.tryAcquireSync()).toThrow(withCode("LOCK_LOST"));
    expect(() => one.acquireSync({ timeoutMs: 60_000 })).toThrow(withCode("LOCK_LOST"));
    one.reset();
    expect(one.query()).toEqual({ held: false, token: token + 1, waiters: 0, abandoned: true });
    const guard = one.acquireSync();
    expect(guard).toMatchObject({ abandoned: true, token: token + 2 });
    guard.markConsistent();
    guard.release();
    one.reset();
    expect(one.acquireSync()).toMatchObject({ abandoned: false, token: token + 3 });
  });

  test("refuses who waits at once, and does not count them", async () => {
    const [one, two, three] = mutexes(kind, 3) as [Mutex, Mutex, Mutex];
    two.acquireSync();
    const waits = [one.acquire(), three.acquire()];
    one.recover(2);
    for (const wait of waits) await expect(wait).rejects.toThrow(withCode("LOCK_LOST"));
    expect(one.query().waiters).toBe(0);
  });

  test("is not lost to one that was ended before it took it, and is about to let go", () => {
    const [one, two] = mutexes(kind, 2, 8, TELLING_TOKEN) as [Mutex, Mutex];
    one.recover(2);
    let seen: unknown[] = [];
    const forget = betweenTakingAndToken(two, () => {
      seen = [one.tryAcquireSync(), one.tryAcquireSync(), one.query().lost];
    });
    expect(() => two.acquireSync()).toThrow(withCode("LOCK_LOST"));
    forget();
    expect(seen).toEqual([undefined, undefined, undefined]);
    expect(one.acquireSync().abandoned).toBe(false);
  });

  test("is lost in the end to one that was ended before it took it, and never lets go", () => {
    const [one, two] = mutexes(kind, 2, 8, TELLING_TOKEN) as [Mutex, Mutex];
    one.recover(2);
    const forget = betweenTakingAndToken(two, () => {
      throw new Error("stands still");
    });
    expect(() => two.acquireSync()).toThrow("stands still");
    forget();
    expect(one.tryAcquireSync()).toBeUndefined();
    expect(() => one.acquireSync({ timeoutMs: 60_000 })).toThrow(withCode("LOCK_LOST"));
    one.reset();
    expect(one.acquireSync().abandoned).toBe(true);
  });

  test("is not freed by the release of the one that was ended, nor marked by it", () => {
    const [one, two] = mutexes(kind, 2) as [Mutex, Mutex];
    const guard = two.acquireSync();
    one.recover(2);
    expect(() => guard.markConsistent()).toThrow(withCode("LOCK_LOST"));
    expect(() => guard.release()).toThrow(withCode("LOCK_LOST"));
    expect(one.query().lost).toBe(true);
    one.reset();
    const mine = one.acquireSync();
    expect(() => two.acquireSync({ timeoutMs: 0 })).toThrow(withCode("LOCK_LOST"));
    expect(one.query()).toMatchObject({ held: true, holder: { id: 1 } });
    mine.release();
  });

  test("grants nothing to a waiter that was ended: the next one is", async () => {
    const [one, two, three] = mutexes(kind, 3) as [Mutex, Mutex, Mutex];
    const guard = one.acquireSync();
    const ended = two.acquire();
    const next = three.acquire();
    one.recover(2);
    guard.release();
    await expect(ended).rejects.toThrow(withCode("LOCK_LOST"));
    expect((await next).abandoned).toBe(false);
  });

  test("grants nothing to one that comes after its end: it lets go", () => {
    const [one, two] = mutexes(kind, 2) as [Mutex, Mutex];
    one.recover(2);
    expect(() => two.acquireSync()).toThrow(withCode("LOCK_LOST"));
    expect(() => two.tryAcquireSync()).toThrow(withCode("LOCK_LOST"));
    expect(one.query()).toMatchObject({ held: false, abandoned: false });
    one.acquireSync().release();
  });

  test("is free and abandoned where the thread is seen to be gone, at once or later", () => {
    const [one, two, three] = mutexes(kind, 3) as [Mutex, Mutex, Mutex];
    two.acquireSync();
    gone.add(102);
    one.recover(2);
    const guard = one.acquireSync();
    expect(guard.abandoned).toBe(true);
    guard.markConsistent();
    guard.release();
    three.acquireSync();
    one.recover(3);
    expect(one.query().lost).toBe(true);
    gone.add(103);
    expect(one.acquireSync().abandoned).toBe(true);
  });

  test("keeps the slot of one that was ended, until that is seen to be gone", () => {
    const [one, two] = mutexes(kind, 2, 2) as [Mutex, Mutex];
    one.recover(2);
    two.close();
    const open = (): Mutex =>
      keep(
        kind === "futex"
          ? new FutexMutex(one.handle, undying(3))
          : new FifoMutex(one.handle, undying(3)),
      );
    expect(open).toThrow(withCode("QUEUE_FULL"));
    gone.add(102);
    open().acquireSync().release();
  });

  test("is not opened by a thread whose number another one has", () => {
    const [one] = mutexes(kind, 1) as [Mutex];
    const same = fakePlatform(1, { osThreadId: 77, gone, exitIsDeath: false });
    const open = (): Mutex =>
      kind === "futex" ? new FutexMutex(one.handle, same) : new FifoMutex(one.handle, same);
    expect(open).toThrow(withCode("LOCK_UNAVAILABLE"));
    one.acquireSync().release();
  });

  test("is lost to nobody who closed it before the end", () => {
    const [one, two] = mutexes(kind, 2) as [Mutex, Mutex];
    const guard = two.acquireSync();
    two.close();
    guard.release();
    one.recover(2);
    one.acquireSync().release();
    expect(one.query()).toMatchObject({ held: false, abandoned: false });
  });
});

test("a store refuses changes of one that was ended, and goes on for others", () => {
  const handle = SharedTicketStore.create(MODULE, { capacity: 9 });
  const [one, two] = [undying(1), undying(2)].map((platform) =>
    keep(new SharedTicketStore(handle, platform)),
  ) as [SharedTicketStore, SharedTicketStore];
  one.recover(2);
  const order = { id: "a", buyer: "a", quantity: 1 };
  expect(() => two.sell(order)).toThrow(withCode("STORE_UNAVAILABLE"));
  expect(two.read().remaining).toBe(9);
  expect(one.sell(order)).toMatchObject({ firstSerial: 0 });
});

test("a store refuses changes while one that was ended in the middle of one may go on, and reads on", () => {
  const handle = SharedTicketStore.create(MODULE, { capacity: 9 });
  const [one, two] = [undying(1), undying(2)].map((platform) =>
    keep(new SharedTicketStore(handle, platform)),
  ) as [SharedTicketStore, SharedTicketStore];
  const { store } = Atomics;
  const order = { id: "a", buyer: "a", quantity: 1 };
  // Thread 2 stands still where it would commit.
  Atomics.store = () => {
    throw new Error("stands still");
  };
  expect(() => two.sell(order)).toThrow("stands still");
  Atomics.store = store;
  one.recover(2);
  // It stands still for longer than anybody who would go on.
  let nowMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 1_000));
  onTestFinished(() => void vi.restoreAllMocks());
  expect(() => one.sell({ ...order, id: "b" })).toThrow(withCode("STORE_UNAVAILABLE"));
  expect(one.read()).toMatchObject({ remaining: 9 });
  gone.add(102);
  expect(one.sell({ ...order, id: "b" })).toMatchObject({ firstSerial: 0 });
});

test("a store waits for one that was ended in the middle of a change and is slow to leave", () => {
  const handle = SharedTicketStore.create(MODULE, { capacity: 9 });
  const [one, two] = [undying(1), undying(2)].map((platform) =>
    keep(new SharedTicketStore(handle, platform)),
  ) as [SharedTicketStore, SharedTicketStore];
  const { store, wait } = Atomics;
  onTestFinished(() => void Object.assign(Atomics, { store, wait }));
  const order = { id: "a", buyer: "a", quantity: 1 };
  let looks = 0;
  // Thread 1 sells while thread 2 is about to commit; each look of its takes as long as it can.
  Atomics.wait = () => {
    if (++looks === 3) throw new Error("thread 2 goes on");
    return "timed-out";
  };
  Atomics.store = ((words: Int32Array, at: number, value: number): number => {
    Object.assign(Atomics, { store });
    one.recover(2);
    expect(() => one.sell({ ...order, id: "b" })).toThrow("thread 2 goes on");
    return store(words, at, value);
  }) as typeof store;
  two.sell(order);
  expect(looks).toBe(3);
});

test("a queue ends with a sender that was ended, and takes nothing from it", () => {
  const handle = createQueue(MODULE);
  const receiver = keep(new QueueReceiver(handle, undying(1)));
  const sender = keep(new QueueSender(handle, undying(2)));
  sender.trySend("before");
  receiver.recover(2);
  expect(() => sender.trySend("after")).toThrow(withCode("QUEUE_CLOSED"));
  expect(receiver.tryReceive()).toBe("before");
  expect(receiver.receiveSync()).toBeUndefined();
});

test("a queue refuses what a sender that was ended may still write", () => {
  const handle = createQueue(MODULE);
  const receiver = keep(new QueueReceiver(handle, undying(1)));
  const sender = keep(new QueueSender(handle, undying(2)));
  const { store } = Atomics;
  Atomics.store = () => {
    throw new Error("stands still");
  };
  expect(() => sender.trySend("half")).toThrow("stands still");
  Atomics.store = store;
  receiver.recover(2);
  expect(() => receiver.tryReceive()).toThrow(withCode("QUEUE_CLOSED"));
});

test("a queue is closed to senders when its receiver was ended", () => {
  const handle = createQueue(MODULE);
  keep(new QueueReceiver(handle, undying(1)));
  const sender = keep(new QueueSender(handle, undying(2)));
  sender.recover(1);
  expect(() => sender.trySend("late")).toThrow(withCode("QUEUE_CLOSED"));
});

test("a barrier is broken when a party was ended", () => {
  const handle = Barrier.create(MODULE, { parties: 2 });
  const one = keep(new Barrier(handle, undying(1)));
  keep(new Barrier(handle, undying(2)));
  one.recover(2);
  expect(one.broken).toBe(true);
  expect(() => one.waitSync()).toThrow(withCode("BARRIER_BROKEN"));
});
