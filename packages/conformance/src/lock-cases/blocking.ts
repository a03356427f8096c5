import { type BlockingLock, isBlockingLock, type Lock, type SyncGuard } from "@ticketlock/core";
import { ConformanceError, equal, expect, rejects } from "../kit/expect.ts";
import { blocks, type LockCase, survivesOwner } from "./lock-case.ts";
import { expectFree } from "./guards.ts";

function blocking(lock: Lock): BlockingLock {
  expect(isBlockingLock(lock), "a lock of a blocking kind is a BlockingLock");
  return lock;
}

/** Blocks the owner's own thread, which nobody could end; so never without a limit. */
function acquireBlocking(lock: BlockingLock, limitMs: number): SyncGuard {
  try {
    return lock.acquireSync({ timeoutMs: limitMs });
  } catch (error) {
    throw new ConformanceError(
      `Broken promise: acquireSync is granted within ${limitMs} ms of its holder's death.`,
      { cause: error },
    );
  }
}

/** Blocking acquisition. Whatever could wait plays in a contender, so that the owner can still end it. */
export const blockingCases: readonly LockCase[] = [
  {
    name: "acquireSync and tryAcquireSync take a free lock, and tokens rise across all ways",
    quick: true,
    applies: blocks,
    run: async (arena, { kind }) => {
      const lock = blocking(await arena.lock(kind));
      const first = lock.acquireSync();
      equal(
        lock.tryAcquireSync(),
        undefined,
        "tryAcquireSync gives undefined while the lock is held",
      );
      first.release();
      const second = lock.tryAcquireSync();
      expect(second !== undefined, "tryAcquireSync takes a free lock");
      second.release();
      const third = await arena.acquire(lock);
      expect(
        first.token < second.token && second.token < third.token,
        "tokens rise across acquireSync, tryAcquireSync and acquire",
      );
      await third.release();
      await expectFree(arena, lock, "after all ways");
    },
  },
  {
    name: "acquireSync throws LOCK_TIMEOUT in time, and RangeError for NaN and negative limits",
    quick: true,
    contenders: true,
    applies: blocks,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 1 });
      const guard = await arena.acquire(stage.lock);
      const limits = [0, 15, "NaN", -1] as const;
      const results = await stage.play(
        0,
        ...limits.map((timeoutMs) => ({ do: "acquireSync", as: "never", timeoutMs }) as const),
      );
      equal(
        results.map(({ error }) => error),
        ["LOCK_TIMEOUT", "LOCK_TIMEOUT", "RangeError", "RangeError"],
        "acquireSync is bounded by timeoutMs",
      );
      equal((await stage.lock.query()).waiters, 0, "who has timed out waits no more");
      await guard.release();
      const [taken] = await stage.play(
        0,
        { do: "acquireSync", as: "free", timeoutMs: 0 },
        { do: "release", as: "free" },
      );
      equal(taken?.error, undefined, "acquireSync({ timeoutMs: 0 }) takes a free lock");
    },
  },
  {
    name: "acquireSync by the thread that holds the lock throws LOCK_DEADLOCK",
    contenders: true,
    applies: blocks,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 1 });
      for (const how of ["acquire", "acquireSync"] as const) {
        const results = await stage.play(
          0,
          { do: how, as: "held" },
          { do: "acquireSync", as: "again" },
          { do: "release", as: "held" },
        );
        equal(
          results.map(({ error }) => error),
          [undefined, "LOCK_DEADLOCK", undefined],
          "a thread that would wait for itself is told so",
        );
      }
      await expectFree(arena, stage.lock, "after the refused acquireSync");
    },
  },
  {
    name: "close makes acquireSync throw LOCK_CLOSED",
    applies: blocks,
    run: async (arena, { kind }) => {
      const lock = blocking(await arena.lock(kind));
      lock.close();
      await rejects(
        async () => lock.acquireSync(),
        "LOCK_CLOSED",
        "acquireSync on a closed lock throws",
      );
      await rejects(
        async () => lock.tryAcquireSync(),
        "LOCK_CLOSED",
        "tryAcquireSync on a closed lock throws",
      );
    },
  },
  {
    name: "a holder's death is noticed by its own parent, blocked in acquireSync",
    contenders: true,
    applies: (lock) => blocks(lock) && survivesOwner(lock),
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 2 });
      const lock = blocking(stage.lock);
      const holding = Promise.withResolvers<void>();
      const run = stage.run("die-holding", null, {
        onRequest: () => void setTimeout(holding.resolve, 0),
      });
      await arena.within("the contender holds the lock", holding.promise);
      const guard = acquireBlocking(lock, arena.limitMs);
      expect(guard.abandoned, "the guard after a death says abandoned");
      guard.markConsistent();
      guard.release();
      equal((await run)[0]?.status, "crashed", "the contender that died is told of as crashed");
    },
  },
];
