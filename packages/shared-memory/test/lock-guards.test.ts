import { afterEach, describe, expect, test } from "vitest";
import { closeScenes, kinds, Scene, withCode } from "./lock-scene.ts";

afterEach(closeScenes);

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

  test("is refused to options that close the lock while they are read", async () => {
    const closing = (mutex: ReturnType<Scene["open"]>): { readonly timeoutMs: number } => ({
      get timeoutMs() {
        mutex.close();
        return 10;
      },
    });
    const [one, two] = [new Scene(kind).open(1), new Scene(kind).open(1)];
    expect(() => one.acquireSync(closing(one))).toThrow(withCode("LOCK_CLOSED"));
    await expect(two.acquire(closing(two))).rejects.toThrow(withCode("LOCK_CLOSED"));
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
