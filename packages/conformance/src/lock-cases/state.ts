import type { Handle } from "@ticketlock/core";
import { equal, expect, rejects } from "../kit/expect.ts";
import { watch } from "../kit/limit.ts";
import { waiters } from "../kit/stage.ts";
import { expectFree, expectHeld } from "./guards.ts";
import type { LockCase } from "./lock-case.ts";

/** What can be seen of a lock from outside, and how one leaves it. */
export const stateCases: readonly LockCase[] = [
  {
    name: "the lock declares the guarantees of its kind, and offers what they say",
    quick: true,
    run: async (arena, { kind, guarantees }) => {
      const lock = await arena.lock(kind);
      equal(lock.guarantees, guarantees, "an opened lock declares its kind's guarantees");
      equal(lock.handle.kind, kind, "the handle names the kind");
      const methods = lock as unknown as Record<string, unknown>;
      for (const name of ["acquireSync", "tryAcquireSync"]) {
        equal(
          typeof methods[name] === "function",
          guarantees.blocking,
          `${name} is there just where blocking is declared`,
        );
      }
    },
  },
  {
    name: "a handle is plain data that opens the same lock",
    run: async (arena, { kind, guarantees }) => {
      const lock = await arena.lock(kind);
      const copies: Handle[] = [structuredClone(lock.handle)];
      // A handle of threads may hold shared memory, which JSON cannot carry.
      if (guarantees.scope !== "threads")
        copies.push(JSON.parse(JSON.stringify(lock.handle)) as Handle);
      for (const copy of copies) {
        const same = await arena.openLock(copy);
        const guard = await arena.acquire(lock);
        await expectHeld(arena, same, "as seen through a copy of its handle");
        await guard.release();
        await expectFree(arena, same, "as seen through a copy of its handle");
      }
    },
  },
  {
    name: "a handle of another module, kind or version is refused with HANDLE_INVALID",
    run: async (arena, { kind }) => {
      const { handle } = await arena.lock(kind);
      const foreign: Handle[] = [
        { ...handle, version: handle.version + 1 },
        { ...handle, kind: "no such kind" },
        { ...handle, module: "no such module" },
        { ...handle, data: null },
      ];
      for (const one of foreign) {
        await rejects(() => arena.openLock(one), "HANDLE_INVALID", "a foreign handle is refused");
      }
    },
  },
  {
    name: "query tells who holds the lock, its token, and how many wait",
    run: async (arena, { kind, guarantees }) => {
      const lock = await arena.lock(kind);
      const free = await lock.query();
      equal(
        [free.held, free.holder, free.waiters, free.abandoned],
        [false, undefined, 0, false],
        "a fresh lock is free",
      );
      const guard = await arena.acquire(lock);
      const held = await lock.query();
      expect(held.held, "a held lock is held");
      expect(
        held.holder !== undefined && Number.isSafeInteger(held.holder.id),
        "the holder is named",
      );
      if (guarantees.tokens !== "none")
        equal(held.token, guard.token, "query tells the current hold's token");
      const next = watch(lock.acquire());
      await waiters(lock, 1, arena.limitMs);
      await guard.release();
      await (await arena.within("the waiter is granted", next.result)).release();
      const last = await lock.query();
      equal([last.held, last.waiters], [false, 0], "a released lock is free");
    },
  },
  {
    name: "query names different holders for different contenders",
    contenders: true,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 2 });
      const holders = new Set<number | undefined>();
      for (const index of [0, 1]) {
        await stage.step(index, { do: "acquire", as: "guard" });
        holders.add((await stage.lock.query()).holder?.id);
        await stage.step(index, { do: "release", as: "guard" });
      }
      equal(holders.size, 2, "two contenders have two ids");
      expect(!holders.has(undefined), "a holder in another contender is named");
    },
  },
  {
    name: "close rejects pending and later acquires with LOCK_CLOSED, and the others go on",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const leaving = await arena.openLock(lock.handle);
      const guard = await arena.acquire(lock);
      const waiting = watch(leaving.acquire());
      const other = watch(lock.acquire());
      await waiters(lock, 2, arena.limitMs);
      await arena.within("close() settles", leaving.close());
      await rejects(
        () => arena.within("the pending acquire rejects", waiting.result),
        "LOCK_CLOSED",
        "close rejects a pending acquire",
      );
      await rejects(
        () => arena.within("acquire() settles", leaving.acquire()),
        "LOCK_CLOSED",
        "acquire on a closed lock rejects",
      );
      await rejects(
        async () => leaving.tryAcquire(),
        "LOCK_CLOSED",
        "tryAcquire on a closed lock throws",
      );
      await arena.within("close() settles again", leaving.close());
      await waiters(lock, 1, arena.limitMs);
      await guard.release();
      await (
        await arena.within("the waiter of another opening is granted", other.result)
      ).release();
      await expectFree(arena, lock, "at last");
    },
  },
];
