import type { Guard } from "@ticketlock/core";
import type { Arena } from "../kit/arena.ts";
import { burn } from "../kit/cpu-time.ts";
import { equal, expect, rejects, rejectsWith } from "../kit/expect.ts";
import { microtask, rest, type Watched, watch } from "../kit/limit.ts";
import { waiters } from "../kit/stage.ts";
import type { Way } from "../kit/taking.ts";
import type { AbortStormInput, AbortStormResult } from "../workloads/abort-storm.ts";
import type { WaitLongInput, WaitLongResult } from "../workloads/wait-long.ts";
import { expectFree, expectHeld } from "./guards.ts";
import { blocks, type LockCase } from "./lock-case.ts";

const SHORT_MS = 15;
const WAKE_ROUNDS = 60;
/** Processor time that a thread beside the waiter gets meanwhile; long against what taking and leaving the line costs. */
const BESIDE_MS = 600;
/** Who polls without a rest gets as much as the thread beside it, on a busy machine as on a quiet one. */
const IDLE_SHARE = 0.15;
const STORM_ACQUIRES = 150;

/** Waits for the acquisition, and releases what it got. */
async function grantAndRelease(
  arena: Arena,
  acquired: Promise<Guard>,
  what: string,
): Promise<void> {
  await (await arena.within(`${what} is granted`, acquired)).release();
}

function abortStorm(name: string, pauses: boolean): LockCase {
  return {
    name,
    contenders: true,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind } });
      const input: AbortStormInput = { acquires: STORM_ACQUIRES, abortOneIn: 2, pauses };
      const results = await stage.values<AbortStormInput, AbortStormResult>("abort-storm", input);
      for (const { granted, aborted, strange } of results) {
        equal(
          strange,
          [],
          "an aborted acquire rejects with its signal's reason, the others do not reject",
        );
        equal(granted + aborted, STORM_ACQUIRES, "every acquire settles");
      }
      await expectFree(arena, stage.lock, "after the storm");
      equal((await stage.lock.query()).waiters, 0, "nobody waits after the storm");
    },
  };
}

/** A waiter sleeps until it is woken, and at most looks around now and then. */
function idleWaiter(way: Way): LockCase {
  return {
    name: `a long wait leaves the processor to others, waiting with ${way === "sync" ? "acquireSync" : "acquire"}`,
    contenders: true,
    applies: (lock) => way === "async" || blocks(lock),
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 1 });
      const guard = await arena.acquire(stage.lock);
      const run = watch(stage.values<WaitLongInput, WaitLongResult>("wait-long", { way }));
      await stage.waiters(1);
      await burn(BESIDE_MS);
      await guard.release();
      const [used] = await run.result;
      const share = used!.cpuMs / BESIDE_MS;
      expect(
        share < IDLE_SHARE,
        `a waiter uses less than ${IDLE_SHARE * 100} % of the processor time that a busy thread gets beside it, but it used ${Math.round(share * 100)} %, in ${Math.round(used!.waitMs)} ms`,
      );
    },
  };
}

/** Bounded waiting: every way to stop waiting leaves the line as if one had never stood in it. */
export const waitingCases: readonly LockCase[] = [
  {
    name: "acquire waits until the holder releases",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const guard = await arena.acquire(lock);
      const next = watch(lock.acquire());
      await waiters(lock, 1, arena.limitMs);
      await rest();
      expect(!next.settled, "acquire does not settle while the lock is held");
      await guard.release();
      await grantAndRelease(arena, next.result, "the waiter");
    },
  },
  {
    name: "every waiter is granted, not just somebody",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const other = await arena.openLock(lock.handle);
      const guard = await arena.acquire(lock);
      const all: Watched<void>[] = [];
      for (let i = 0; i < 20; i++) {
        const acquired = (i % 2 === 0 ? lock : other).acquire();
        all.push(watch(acquired.then((granted) => granted.release())));
      }
      await waiters(lock, 20, arena.limitMs);
      await guard.release();
      await arena.within("all 20 waiters are granted", Promise.all(all.map((one) => one.result)));
      await expectFree(arena, lock, "after all");
    },
  },
  {
    name: "timeoutMs 0 does not wait: LOCK_TIMEOUT while held, a guard when free",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const guard = await arena.within("acquire({ timeoutMs: 0 })", lock.acquire({ timeoutMs: 0 }));
      await rejects(
        () => arena.within("acquire({ timeoutMs: 0 })", lock.acquire({ timeoutMs: 0 })),
        "LOCK_TIMEOUT",
        "timeoutMs 0 rejects while the lock is held",
      );
      equal((await lock.query()).waiters, 0, "who has timed out waits no more");
      await guard.release();
      await expectFree(arena, lock, "after the release");
    },
  },
  {
    name: "a timeout rejects LOCK_TIMEOUT, leaves the line, and swallows no wake-up",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const guard = await arena.acquire(lock);
      const patient = watch(lock.acquire({ timeoutMs: Infinity }));
      const hasty = watch(lock.acquire({ timeoutMs: SHORT_MS }));
      await rejects(
        () => arena.within("the timeout comes", hasty.result),
        "LOCK_TIMEOUT",
        "a wait of 15 ms ends",
      );
      await waiters(lock, 1, arena.limitMs);
      await expectHeld(arena, lock, "by its holder, whatever others give up");
      expect(!patient.settled, "a timeout of Infinity never comes");
      await guard.release();
      await grantAndRelease(arena, patient.result, "the other waiter");
      await expectFree(arena, lock, "at last");
    },
  },
  {
    name: "a timeout that is NaN or negative is a RangeError, and nothing is taken",
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      for (const timeoutMs of [Number.NaN, -1, -Infinity]) {
        const acquire = (): Promise<Guard> =>
          arena.within("acquire() settles", lock.acquire({ timeoutMs }));
        await rejects(acquire, "RangeError", `timeoutMs ${timeoutMs} is refused`);
      }
      await expectFree(arena, lock, "after refused acquires");
    },
  },
  {
    name: "a signal that has aborted rejects with its own reason, and nothing is taken",
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      for (const reason of [new Error("enough"), "enough", { enough: true }]) {
        const signal = AbortSignal.abort(reason);
        await rejectsWith(
          () => arena.within("acquire() settles", lock.acquire({ signal })),
          reason,
          "an aborted signal's reason comes through",
        );
      }
      await expectFree(arena, lock, "after aborted acquires");
    },
  },
  {
    name: "an abort while waiting rejects with the signal's own reason, and the waiter leaves the line",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const guard = await arena.acquire(lock);
      const controller = new AbortController();
      const reason = { changed: "my mind" };
      const fickle = watch(lock.acquire({ signal: controller.signal }));
      const patient = watch(lock.acquire());
      await waiters(lock, 2, arena.limitMs);
      controller.abort(reason);
      await rejectsWith(
        () => arena.within("the aborted acquire rejects", fickle.result),
        reason,
        "the signal's reason comes through",
      );
      await waiters(lock, 1, arena.limitMs);
      await expectHeld(arena, lock, "by its holder, whoever gives up");
      await guard.release();
      await grantAndRelease(arena, patient.result, "the next waiter");
      await expectFree(arena, lock, "at last");
    },
  },
  {
    name: "an abort swallows no wake-up: the next waiter is granted",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const other = await arena.openLock(lock.handle);
      for (let round = 0; round < WAKE_ROUNDS; round++) {
        const guard = await arena.acquire(lock);
        const controller = new AbortController();
        const fickle = watch(
          lock.acquire({ signal: controller.signal }).then((granted) => granted.release()),
        );
        const patient = watch((round % 3 === 0 ? lock : other).acquire());
        await waiters(lock, 2, arena.limitMs);
        if (round % 2 === 0) controller.abort("too late");
        const released = guard.release();
        for (let turns = round % 5; turns > 0; turns--) await microtask();
        controller.abort("too late");
        await released;
        await grantAndRelease(arena, patient.result, "the waiter behind one that gave up");
        await arena.within(
          "the one that gave up settles",
          fickle.result.catch(() => undefined),
        );
      }
      await expectFree(arena, lock, "after all rounds");
    },
  },
  {
    name: "an abort after the grant does not end the hold",
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const controller = new AbortController();
      const guard = await arena.within(
        "acquire() is granted",
        lock.acquire({ signal: controller.signal, timeoutMs: SHORT_MS }),
      );
      controller.abort(new Error("too late"));
      await rejects(
        () => arena.within("acquire() settles", lock.acquire({ timeoutMs: 2 * SHORT_MS })),
        "LOCK_TIMEOUT",
        "the lock stays held after its acquisition's signal and timeout",
      );
      await guard.release();
      await expectFree(arena, lock, "after the release");
    },
  },
  idleWaiter("async"),
  idleWaiter("sync"),
  abortStorm("an abort storm leaves all others granted", false),
  abortStorm(
    "an abort storm leaves all others granted, with pauses between the lock's atomic steps",
    true,
  ),
];
