import { afterEach, describe, expect, test } from "vitest";
import { FifoMutex, type FifoOptions, FutexMutex } from "../src/index.ts";
import { fakePlatform, MODULE } from "./fake-platform.ts";

type Mutex = FutexMutex | FifoMutex;
type Kind = "futex" | "fifo";
const kinds: readonly Kind[] = ["futex", "fifo"];

const opened: Mutex[] = [];
// A pending acquisition keeps a timer, which would keep the process alive after a failed test.
afterEach(() => opened.splice(0).forEach((mutex) => mutex.close()));

/** A mutex, opened as if by threads 1, 2, ... of this test. */
class Scene {
  readonly kind: Kind;
  readonly handle: Mutex["handle"];
  /** Operating system's threads that are gone; thread n is 100 + n there. */
  readonly gone: Set<number> = new Set();

  constructor(kind: Kind, options?: FifoOptions) {
    this.kind = kind;
    this.handle =
      kind === "futex" ? FutexMutex.create(MODULE, options) : FifoMutex.create(MODULE, options);
  }

  open(threadId: number): Mutex {
    const platform = fakePlatform(threadId, { osThreadId: 100 + threadId, gone: this.gone });
    const mutex =
      this.kind === "futex"
        ? new FutexMutex(this.handle, platform)
        : new FifoMutex(this.handle, platform);
    opened.push(mutex);
    return mutex;
  }
}

function withCode(code: string): unknown {
  return expect.objectContaining({ name: "TicketlockError", code });
}

/** Whether a promise has settled by the time everything that is ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => void (settled = true);
  promise.then(settle, settle);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe.for(kinds)("tokens of a %s mutex", (kind) => {
  test("rise from 1 with each acquisition, whoever acquires", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const tokens: number[] = [];
    for (const acquire of [
      () => one.acquireSync(),
      () => two.tryAcquireSync()!,
      () => one.acquire(),
      () => two.tryAcquire()!,
    ]) {
      const guard = await acquire();
      tokens.push(guard.token);
      expect(one.query().token).toBe(guard.token);
      guard.release();
    }
    expect(tokens).toEqual([1, 2, 3, 4]);
  });

  test.for([0, 2 ** 31 - 2, 2 ** 31 - 1, 2 ** 32 - 3, 2 ** 32 - 1, 2 ** 32, 2 ** 33 - 2, 2 ** 52])(
    "go on above %i without a gap or a repetition",
    (tokensAbove) => {
      const mutex = new Scene(kind, { tokensAbove }).open(1);
      for (let i = 1; i <= 4; i++) {
        const guard = mutex.acquireSync();
        expect(guard.token).toBe(tokensAbove + i);
        guard.release();
      }
    },
  );
});

describe.for(kinds)("a guard of a %s mutex", (kind) => {
  test("ends its hold once, however often it is released", () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    expect(two.tryAcquireSync()).toBeUndefined();
    guard.release();
    const next = two.acquireSync();
    guard.release();
    guard[Symbol.dispose]();
    expect(one.tryAcquireSync()).toBeUndefined();
    next.release();
  });

  test("ends its hold with its block, by using and by await using", async () => {
    const mutex = new Scene(kind).open(1);
    {
      using guard = mutex.acquireSync();
      expect(mutex.query()).toMatchObject({ held: true, token: guard.token });
    }
    expect(mutex.query().held).toBe(false);
    {
      await using guard = await mutex.acquire();
      expect(mutex.query()).toMatchObject({ held: true, token: guard.token });
    }
    expect(mutex.query().held).toBe(false);
  });

  test("is stale once its thread was taken for dead: releasing it is LOCK_LOST, and frees nobody's hold", () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const stale = one.acquireSync();
    two.recover(1);
    const guard = two.acquireSync({ timeoutMs: 0 });
    expect(() => stale.markConsistent()).toThrow(withCode("LOCK_LOST"));
    expect(() => stale.release()).toThrow(withCode("LOCK_LOST"));
    stale.release();
    expect(two.query()).toMatchObject({ held: true, token: guard.token });
    guard.release();
  });

  test("is stale even if its own thread has the lock again", () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const stale = one.acquireSync();
    two.recover(1);
    const reopened = scene.open(1);
    const guard = reopened.acquireSync({ timeoutMs: 0 });
    expect(() => stale.release()).toThrow(withCode("LOCK_LOST"));
    expect(reopened.query().held).toBe(true);
    guard.release();
  });

  test("has a signal that does not abort, the same at every look", () => {
    const guard = new Scene(kind).open(1).acquireSync();
    const { signal } = guard;
    expect(guard.signal).toBe(signal);
    guard.release();
    expect(signal.aborted).toBe(false);
  });
});

describe.for(kinds)("a %s mutex whose holder died", (kind) => {
  test("says abandoned to every holder until one of them says that the data is whole", () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    two.acquireSync();
    one.recover(2);
    expect(one.query()).toMatchObject({ held: false, abandoned: true });
    const first = one.acquireSync();
    expect(first.abandoned).toBe(true);
    first.release();
    const second = one.tryAcquireSync()!;
    expect(second.abandoned).toBe(true);
    second.markConsistent();
    expect(one.query().abandoned).toBe(false);
    second.release();
    const third = one.acquireSync();
    expect(third.abandoned).toBe(false);
    third.release();
  });

  test("is freed once, and recovering again, or one who is not there, changes nothing", () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    two.acquireSync();
    one.recover(2);
    const guard = one.acquireSync();
    guard.markConsistent();
    one.recover(2);
    one.recover(77);
    expect(one.query()).toMatchObject({ held: true, abandoned: false, token: guard.token });
    guard.release();
  });

  test("is granted at once to who awaits it, when told of the death", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    two.acquireSync();
    const waiting = one.acquire();
    one.recover(2);
    const guard = await waiting;
    expect(guard.abandoned).toBe(true);
    expect(one.rescues).toBe(0);
    guard.release();
  });

  test.for(["sync", "async"])(
    "is granted to who looks and finds its thread gone, waiting %s",
    async (way) => {
      const scene = new Scene(kind);
      const [one, two] = [scene.open(1), scene.open(2)];
      two.acquireSync();
      scene.gone.add(102);
      const guard = way === "sync" ? one.acquireSync({ timeoutMs: 5_000 }) : await one.acquire();
      expect(guard.abandoned).toBe(true);
      expect(one.rescues).toBe(1);
      guard.release();
    },
  );

  test("is freed by the listener of watch", () => {
    const scene = new Scene(kind);
    const platform = fakePlatform(1);
    const one =
      kind === "futex"
        ? new FutexMutex(scene.handle, platform)
        : new FifoMutex(scene.handle, platform);
    scene.open(2).acquireSync();
    const worker = {};
    one.watch(worker);
    expect(one.tryAcquireSync()).toBeUndefined();
    platform.watched.get(worker)!(2);
    expect(one.tryAcquireSync()?.abandoned).toBe(true);
  });
});

describe.for(kinds)("waiting for a %s mutex", (kind) => {
  test("is refused at once with timeoutMs 0, and does not leave a waiter behind", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync({ timeoutMs: 0 });
    expect(() => two.acquireSync({ timeoutMs: 0 })).toThrow(withCode("LOCK_TIMEOUT"));
    await expect(two.acquire({ timeoutMs: 0 })).rejects.toEqual(withCode("LOCK_TIMEOUT"));
    expect(two.tryAcquireSync()).toBeUndefined();
    expect(two.tryAcquire()).toBeUndefined();
    expect(one.query().waiters).toBe(0);
    guard.release();
    two.acquireSync({ timeoutMs: 0 }).release();
  });

  test("ends after timeoutMs, not before, and does not leave a waiter behind", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    for (const timeoutMs of [0.5, 30]) {
      const startMs = performance.now();
      expect(() => two.acquireSync({ timeoutMs })).toThrow(withCode("LOCK_TIMEOUT"));
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(timeoutMs);
      const againMs = performance.now();
      await expect(two.acquire({ timeoutMs })).rejects.toEqual(withCode("LOCK_TIMEOUT"));
      expect(performance.now() - againMs).toBeGreaterThanOrEqual(timeoutMs - 1); // a timer's resolution
    }
    expect(one.query().waiters).toBe(0);
    guard.release();
    two.acquireSync({ timeoutMs: 0 }).release();
  });

  test.for([Number.NaN, -1, -Infinity])(
    "is refused with timeoutMs %d, and takes nothing",
    async (timeoutMs) => {
      const mutex = new Scene(kind).open(1);
      expect(() => mutex.acquireSync({ timeoutMs })).toThrow(RangeError);
      await expect(mutex.acquire({ timeoutMs })).rejects.toThrow(RangeError);
      expect(mutex.query()).toMatchObject({ held: false, token: 0, waiters: 0 });
    },
  );

  test.for([Infinity, 2 ** 31, 2 ** 40])(
    "lasts until the release with timeoutMs %d",
    async (timeoutMs) => {
      const scene = new Scene(kind);
      const [one, two] = [scene.open(1), scene.open(2)];
      const guard = one.acquireSync({ timeoutMs });
      const waiting = two.acquire({ timeoutMs });
      expect(await isSettled(waiting)).toBe(false);
      guard.release();
      (await waiting).release();
    },
  );

  test("ends with the signal's own reason, and does not leave a waiter behind", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const reason = { why: "changed my mind" };
    await expect(two.acquire({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    const waiting = two.acquire({ signal: abort.signal });
    expect(one.query().waiters).toBe(1);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(one.query().waiters).toBe(0);
    guard.release();
    two.acquireSync({ timeoutMs: 0 }).release();
  });

  test("is not ended by a signal that aborts after the grant", async () => {
    const mutex = new Scene(kind).open(1);
    const abort = new AbortController();
    const guard = await mutex.acquire({ signal: abort.signal });
    abort.abort();
    expect(mutex.query().held).toBe(true);
    guard.release();
  });

  test("is granted in order of arrival to those of one thread", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const order: number[] = [];
    const all = [1, 2, 3].map(async (place) => {
      const held = await two.acquire();
      order.push(place);
      held.release();
    });
    guard.release();
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3]);
  });

  test("goes on for the others when one of them gives up just as the lock is freed", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const abort = new AbortController();
    const first = two.acquire({ signal: abort.signal });
    const second = two.acquire();
    guard.release();
    abort.abort();
    await Promise.allSettled([first.then((held) => held.release())]);
    (await second).release();
    expect(one.query()).toMatchObject({ held: false, waiters: 0 });
  });

  test("would be waiting for itself where this thread holds it, through whichever opening: LOCK_DEADLOCK", () => {
    const scene = new Scene(kind);
    const [mutex, again] = [scene.open(1), scene.open(1)];
    const guard = mutex.acquireSync();
    for (const one of [mutex, again]) {
      expect(() => one.acquireSync()).toThrow(withCode("LOCK_DEADLOCK"));
      expect(() => one.acquireSync({ timeoutMs: 60_000 })).toThrow(withCode("LOCK_DEADLOCK"));
    }
    expect(mutex.query().waiters).toBe(0);
    guard.release();
    again.acquireSync().release();
  });

  test("is no deadlock for acquire, which goes on when this thread releases", async () => {
    const mutex = new Scene(kind).open(1);
    const guard = mutex.acquireSync();
    const waiting = mutex.acquire();
    expect(await isSettled(waiting)).toBe(false);
    guard.release();
    (await waiting).release();
  });
});

describe("a fifo mutex", () => {
  test("is granted in order of arrival, over threads, and passes over who gave up or died", async () => {
    const scene = new Scene("fifo");
    const threads = [1, 2, 3, 4, 5].map((id) => scene.open(id));
    const guard = threads[0]!.acquireSync();
    const order: number[] = [];
    const abort = new AbortController();
    const wait = async (place: number, thread: number, signal?: AbortSignal): Promise<void> => {
      const held = await threads[thread]!.acquire(signal === undefined ? {} : { signal });
      order.push(place);
      held.release();
    };
    const all = [
      wait(1, 1),
      wait(2, 2, abort.signal),
      wait(3, 3),
      wait(4, 1),
      wait(5, 4).catch(() => {}),
      wait(6, 3),
    ];
    threads[0]!.recover(5);
    abort.abort("gave up");
    guard.release();
    expect(
      (await Promise.allSettled(all.filter((_, i) => i !== 4))).map(({ status }) => status),
    ).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"]);
    expect(order).toEqual([1, 3, 4, 6]);
  });

  test("refuses, with LOCK_LOST, those who wait in a thread that was taken for dead", async () => {
    const scene = new Scene("fifo");
    const [one, two, three] = [scene.open(1), scene.open(2), scene.open(3)];
    const guard = one.acquireSync();
    const lost = two.acquire();
    const waiting = three.acquire();
    one.recover(2);
    await expect(lost).rejects.toEqual(withCode("LOCK_LOST"));
    guard.release();
    const next = await waiting;
    expect(next.abandoned).toBe(false);
    next.release();
    expect(one.query()).toMatchObject({ held: false, waiters: 0 });
  });

  test("does not let a thread block behind an acquisition of its own: LOCK_DEADLOCK", async () => {
    const scene = new Scene("fifo");
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const waiting = two.acquire();
    expect(() => two.acquireSync()).toThrow(withCode("LOCK_DEADLOCK"));
    guard.release();
    (await waiting).release();
  });

  test("has room for maxWaiters, and says QUEUE_FULL to one more until somebody has gone", async () => {
    const scene = new Scene("fifo", { maxWaiters: 3 });
    const [one, two, three] = [scene.open(1), scene.open(2), scene.open(3)];
    const guard = one.acquireSync();
    const waiting = [two.acquire(), two.acquire(), two.acquire()];
    await expect(two.acquire()).rejects.toEqual(withCode("QUEUE_FULL"));
    expect(() => three.acquireSync({ timeoutMs: 1_000 })).toThrow(withCode("QUEUE_FULL"));
    expect(one.query().waiters).toBe(3);
    guard.release();
    for (const one of waiting) (await one).release();
    three.acquireSync({ timeoutMs: 0 }).release();
    expect(one.query()).toMatchObject({ held: false, waiters: 0 });
  });

  test("serves many laps of its ring", () => {
    const scene = new Scene("fifo", { maxWaiters: 1 });
    const [one, two] = [scene.open(1), scene.open(2)];
    for (let lap = 0; lap < 1_000; lap++) {
      one.acquireSync({ timeoutMs: 0 }).release();
      two.acquireSync({ timeoutMs: 0 }).release();
    }
    expect(one.query().token).toBe(2_000);
  });
});

describe.for(kinds)("runExclusive of a %s mutex", (kind) => {
  test("passes its guard, and what the section returns or throws, and releases", async () => {
    const mutex = new Scene(kind).open(1);
    expect(await mutex.runExclusive((guard) => guard.token)).toBe(1);
    const thrown = new Error("in the section");
    await expect(
      mutex.runExclusive(() => {
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    await expect(mutex.runExclusive(() => 1, { timeoutMs: -1 })).rejects.toThrow(RangeError);
    expect(mutex.query()).toMatchObject({ held: false, token: 2 });
  });
});

describe.for(kinds)("closing a %s mutex", (kind) => {
  test("refuses what waits and what comes, in this thread only", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    const waiting = [two.acquire(), two.acquire({ timeoutMs: 60_000 })];
    two.close();
    two.close();
    for (const one of waiting) await expect(one).rejects.toEqual(withCode("LOCK_CLOSED"));
    await expect(two.acquire()).rejects.toEqual(withCode("LOCK_CLOSED"));
    expect(() => two.acquireSync()).toThrow(withCode("LOCK_CLOSED"));
    expect(() => two.tryAcquireSync()).toThrow(withCode("LOCK_CLOSED"));
    expect(one.query().waiters).toBe(0);
    guard.release();
    one.acquireSync().release();
  });

  test("lets a hold go on to its release, and then its slot is free", () => {
    const scene = new Scene(kind, { maxContenders: 2 });
    const [one, two] = [scene.open(1), scene.open(2)];
    const guard = one.acquireSync();
    one.close();
    expect(two.tryAcquireSync()).toBeUndefined();
    expect(() => scene.open(3)).toThrow(withCode("QUEUE_FULL"));
    guard.release();
    scene.open(3).acquireSync({ timeoutMs: 0 }).release();
  });
});

describe.for(kinds)("the contenders of a %s mutex", (kind) => {
  test("are as many as it has room for; one more gets QUEUE_FULL until one has left", () => {
    const scene = new Scene(kind, { maxContenders: 2 });
    const [one] = [scene.open(1), scene.open(2)];
    expect(() => scene.open(3)).toThrow(withCode("QUEUE_FULL"));
    one.close();
    scene.open(3).acquireSync().release();
    expect(() => scene.open(4)).toThrow(withCode("QUEUE_FULL"));
  });

  test("make room when they die, told or found gone, and their hold passes on", () => {
    const scene = new Scene(kind, { maxContenders: 2 });
    const [one, two] = [scene.open(1), scene.open(2)];
    two.acquireSync();
    one.recover(2);
    const three = scene.open(3);
    const guard = three.acquireSync({ timeoutMs: 0 });
    expect(guard.abandoned).toBe(true);
    guard.markConsistent();
    scene.gone.add(103);
    const four = scene.open(4);
    expect(four.acquireSync({ timeoutMs: 0 }).abandoned).toBe(true);
  });

  test("are named by query, and counted while they wait", async () => {
    const scene = new Scene(kind);
    const [one, two] = [scene.open(1), scene.open(2)];
    expect(one.query()).toEqual({ held: false, token: 0, waiters: 0, abandoned: false });
    const guard = two.acquireSync();
    const waiting = [one.acquire(), one.acquire()];
    expect(one.query()).toEqual({
      held: true,
      holder: { id: 2, osThreadId: 102 },
      token: 1,
      waiters: 2,
      abandoned: false,
    });
    guard.release();
    for (const one of waiting) (await one).release();
  });
});

describe.for(kinds)("the handle of a %s mutex", (kind) => {
  const open = (handle: unknown): Mutex => {
    const platform = fakePlatform(1);
    return kind === "futex"
      ? new FutexMutex(handle as Mutex["handle"], platform)
      : new FifoMutex(handle as Mutex["handle"], platform);
  };
  const { handle } = new Scene(kind);
  const other = new Scene(kind === "futex" ? "fifo" : "futex");

  test("opens the same mutex after a structured clone", () => {
    const scene = new Scene(kind);
    const guard = scene.open(1).acquireSync();
    // structuredClone of a SharedArrayBuffer shares its memory, as workerData and postMessage do.
    expect(open(structuredClone(scene.handle)).tryAcquireSync()).toBeUndefined();
    guard.release();
  });

  test.for([
    { what: "nothing", handle: undefined },
    { what: "null", handle: null },
    { what: "no object", handle: "handle" },
    { what: "one of another kind", handle: other.handle },
    { what: "one that only says it is of this kind", handle: { ...other.handle, kind } },
    { what: "one of another module", handle: { ...handle, module: "other" } },
    { what: "one of another version", handle: { ...handle, version: 2 } },
    { what: "one that came as JSON", handle: JSON.parse(JSON.stringify(handle)) as unknown },
    { what: "memory that is not shared", handle: { ...handle, data: new ArrayBuffer(4_096) } },
    { what: "memory that is too small", handle: { ...handle, data: new SharedArrayBuffer(8) } },
    { what: "memory of odd length", handle: { ...handle, data: new SharedArrayBuffer(4_097) } },
    { what: "foreign memory", handle: { ...handle, data: new SharedArrayBuffer(4_096) } },
  ])("is refused where it is $what", ({ handle }) => {
    expect(() => open(handle)).toThrow(withCode("HANDLE_INVALID"));
  });

  test("is refused where the memory has another layout", () => {
    const scene = new Scene(kind);
    new Int32Array(scene.handle.data as SharedArrayBuffer)[2] = 99;
    expect(() => open(scene.handle)).toThrow(withCode("HANDLE_INVALID"));
  });
});
