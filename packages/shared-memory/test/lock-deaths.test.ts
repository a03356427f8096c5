import { afterEach, describe, expect, test } from "vitest";
import { FifoMutex, FutexMutex } from "../src/index.ts";
import { fakePlatform } from "./fake-platform.ts";
import { closeScenes, kinds, Scene, withCode } from "./lock-scene.ts";

afterEach(closeScenes);

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
