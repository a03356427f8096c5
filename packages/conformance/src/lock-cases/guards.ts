import type { Guard, Lock } from "@ticketlock/core";
import type { Arena } from "../kit/arena.ts";
import { equal, errorName, expect } from "../kit/expect.ts";
import { watch } from "../kit/limit.ts";
import { waiters } from "../kit/stage.ts";
import { hasTokens, type LockCase } from "./lock-case.ts";

/** Fails unless the lock can be taken now; leaves it free. */
export async function expectFree(arena: Arena, lock: Lock, when: string): Promise<void> {
  const guard = await arena.within("tryAcquire() answers", lock.tryAcquire());
  expect(guard !== undefined, `the lock is free ${when}`);
  await guard.release();
}

/** Fails unless the lock is held. */
export async function expectHeld(arena: Arena, lock: Lock, when: string): Promise<void> {
  const guard = await arena.within("tryAcquire() answers", lock.tryAcquire());
  if (guard !== undefined) await guard.release();
  expect(guard === undefined, `the lock is held ${when}`);
}

/** What `release` threw, by name; "none" if nothing. */
async function releaseError(guard: Guard): Promise<string> {
  try {
    await guard.release();
    return "none";
  } catch (error) {
    return errorName(error);
  }
}

/** What a guard promises: one hold, ended once, by its holder. */
export const guardCases: readonly LockCase[] = [
  {
    name: "release frees the lock for the next acquire",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      for (let i = 0; i < 3; i++) await (await arena.acquire(lock)).release();
      await expectFree(arena, lock, "after three holds");
    },
  },
  {
    name: "tryAcquire gives undefined while the lock is held, and does not wait in line",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const guard = await arena.within("tryAcquire() answers", lock.tryAcquire());
      expect(guard !== undefined, "tryAcquire takes a free lock");
      await expectHeld(arena, lock, "after tryAcquire has taken it");
      equal((await lock.query()).waiters, 0, "a tryAcquire that failed waits no more");
      await guard.release();
      await expectFree(arena, lock, "after the guard of tryAcquire is released");
    },
  },
  {
    name: "a second release does nothing, also when the same contender holds again",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const first = await arena.acquire(lock);
      await first.release();
      await first.release();
      const second = await arena.acquire(lock);
      await first.release();
      await expectHeld(arena, lock, "after an earlier guard was released once more");
      await second.release();
      await expectFree(arena, lock, "at last");
    },
  },
  {
    name: "a second release does not free the holder that came next",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const other = await arena.openLock(lock.handle);
      const first = await arena.acquire(lock);
      const next = watch(other.acquire());
      await waiters(lock, 1, arena.limitMs);
      await first.release();
      const second = await arena.within("the waiter is granted", next.result);
      await first.release();
      await expectHeld(
        arena,
        lock,
        "by the next holder, after the former guard was released twice",
      );
      await second.release();
    },
  },
  {
    name: "a stranger cannot free the lock: not by an old guard, nor by closing or dying",
    contenders: true,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 3 });
      await stage.step(0, { do: "acquire", as: "old" });
      await stage.step(0, { do: "release", as: "old" });
      await stage.step(1, { do: "acquire", as: "held" });
      await stage.play(0, { do: "release", as: "old" });
      await expectHeld(
        arena,
        stage.lock,
        "by another, after a former holder released its old guard",
      );
      await stage.play(0, { do: "close" });
      await expectHeld(arena, stage.lock, "by another, after a stranger closed it");
      await stage.play(2, { do: "begin", as: "waiting" });
      await stage.waiters(1);
      await stage.crash(2, 0);
      await expectHeld(arena, stage.lock, "by another, after a waiter and a stranger died");
      await stage.step(1, { do: "release", as: "held" });
      await expectFree(arena, stage.lock, "after its holder released it");
    },
  },
  {
    name: "a guard whose hold has ended throws LOCK_LOST once at most",
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const other = await arena.openLock(lock.handle);
      const guard = await arena.acquire(lock);
      await lock.close();
      const first = await releaseError(guard);
      expect(
        first === "none" || first === "LOCK_LOST",
        `release after close ends the hold or throws LOCK_LOST, not ${first}`,
      );
      equal(await releaseError(guard), "none", "a second release throws nothing");
      await expectFree(arena, other, "after its holder closed and released it");
    },
  },
  {
    name: "tokens rise with every acquisition, above what the lock was made with",
    quick: true,
    applies: hasTokens,
    run: async (arena, { kind }) => {
      const tokensAbove = 2 ** 40;
      const lock = await arena.lock(kind, { tokensAbove });
      let last = tokensAbove;
      for (let i = 0; i < 20; i++) {
        const guard = i % 2 === 0 ? await arena.acquire(lock) : await lock.tryAcquire();
        expect(guard !== undefined, "a free lock can be taken");
        expect(guard.token > last, `token ${guard.token} is above ${last}`);
        expect(Number.isSafeInteger(guard.token), `token ${guard.token} is a safe integer`);
        last = guard.token;
        await guard.release();
      }
    },
  },
  {
    name: "a guard's signal stays silent while the hold lasts, and a fresh hold is not abandoned",
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const guard = await arena.acquire(lock);
      expect(!guard.abandoned, "nobody has died, so the guard is not abandoned");
      expect(guard.signal === guard.signal, "a guard has one signal");
      expect(!guard.signal.aborted, "the signal of a hold that lasts has not aborted");
      await guard.markConsistent();
      await guard.release();
      await expectFree(arena, lock, "after markConsistent and release");
    },
  },
  {
    name: "disposing of a guard releases it",
    run: async (arena, { kind, guarantees }) => {
      const lock = await arena.lock(kind);
      const guard = await arena.acquire(lock);
      await guard[Symbol.asyncDispose]();
      await expectFree(arena, lock, "after the guard was disposed of");
      if (!guarantees.blocking) return;
      const held = (await arena.acquire(lock)) as Guard & Disposable;
      held[Symbol.dispose]();
      await expectFree(arena, lock, "after the guard was disposed of synchronously");
    },
  },
];
