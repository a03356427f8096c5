import type { Guard, Lock, ResettableLock } from "@ticketlock/core";
import { isBlockingLock, isResettableLock } from "@ticketlock/core";
import type { Arena } from "../kit/arena.ts";
import { equal, errorName, expect, rejects, show } from "../kit/expect.ts";
import { watch } from "../kit/limit.ts";
import type { Stage } from "../kit/stage.ts";
import { type Way, waysOf } from "../kit/taking.ts";
import type { ZombieInput } from "../workloads/zombie.ts";
import { Zombies } from "../kit/zombies.ts";
import { expectFree } from "./guards.ts";
import {
  blocks,
  hasTokens,
  losesWithOwner,
  type LockCase,
  type LockUnderTest,
} from "./lock-case.ts";

const ROUNDS = 8;
const THOROUGH_ROUNDS = 100;
/** A holder that was ended looks at the store every few milliseconds, if it runs on: this is its time to do harm. */
const HARM_MS = 40;
const CAPACITY = 1_000_000;

const LOST = "LOCK_LOST";

function resettable(lock: Lock): ResettableLock {
  expect(isResettableLock(lock), "a lock that declares ownerDeath lost can be reset");
  return lock;
}

/** Acquisitions of every sort are refused, by the loss and not by their time limits. */
async function expectLost(lock: Lock, when: string): Promise<void> {
  await rejects(() => lock.acquire(), LOST, `acquire is refused ${when}`);
  await rejects(
    () => lock.acquire({ timeoutMs: 60_000 }),
    LOST,
    `acquire with a limit is refused ${when}`,
  );
  await rejects(() => lock.tryAcquire(), LOST, `tryAcquire is refused ${when}`);
  if (isBlockingLock(lock)) {
    await rejects(
      () => lock.acquireSync({ timeoutMs: 60_000 }),
      LOST,
      `acquireSync is refused ${when}`,
    );
    await rejects(() => lock.tryAcquireSync(), LOST, `tryAcquireSync is refused ${when}`);
  }
  const state = await lock.query();
  expect(state.lost === true, `query says that the lock is lost ${when}, not ${show(state)}`);
}

/** After a reset: the lock is free, says abandoned until somebody says that all is well, and its tokens have risen. */
async function expectReset(arena: Arena, stage: Stage, token: number): Promise<void> {
  const first = await arena.acquire(stage.lock);
  equal(first.abandoned, true, "the guard after a reset says abandoned");
  expect(first.token > token, `a token after a reset is above ${token}, not ${first.token}`);
  await first.markConsistent();
  await first.release();
  await expectFree(arena, stage.lock, "after a reset");
}

/** A waiter in another contender is refused when the lock is lost under it. */
function refusesWaiters(way: Way): LockCase {
  return {
    name: `who waits for a lock whose holder is ended is refused LOCK_LOST, waiting with ${way === "sync" ? "acquireSync" : "acquire"}`,
    quick: way === "async",
    contenders: true,
    applies: (lock) => losesWithOwner(lock) && (way === "async" || blocks(lock)),
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 2 });
      await stage.step(0, { do: "acquire", as: "held" });
      const waiting = watch(
        stage.play(1, { do: way === "sync" ? "acquireSync" : "acquire", as: "next" }),
      );
      const owners = watch(stage.lock.acquire().catch(errorName));
      await stage.waiters(2);
      await stage.crash(0);
      const [next] = await waiting.result;
      equal(next?.error, LOST, "the waiter is refused");
      equal(
        await arena.within("the owner's wait ends", owners.result),
        LOST,
        "the owner, who waited too, is refused",
      );
      equal((await stage.lock.query()).waiters, 0, "nobody waits for a lost lock");
    },
  };
}

/** Waits in `way` in the first contender, which is ended there; then the lock is released, and everybody is woken. */
function endedWaiter(way: Way): LockCase {
  return {
    name: `a waiter that is ended gets nothing: it does not commit, and the others are granted one at a time, waiting with ${way === "sync" ? "acquireSync" : "acquire"}`,
    contenders: true,
    limits: 8,
    applies: (lock) =>
      losesWithOwner(lock) &&
      lock.fencedStoreKind !== undefined &&
      (way === "async" || blocks(lock)),
    run: async (arena, lock) => {
      const rounds = arena.thorough ? THOROUGH_ROUNDS : ROUNDS;
      for (let round = 0; round < rounds; round++) await endWaiter(arena, lock, way, round);
    },
  };
}

async function endWaiter(
  arena: Arena,
  { kind, fencedStoreKind }: LockUnderTest,
  way: Way,
  round: number,
): Promise<void> {
  const store = { kind: fencedStoreKind!, options: { capacity: CAPACITY, maxSales: 0 } };
  const stage = await arena.stage({ lock: { kind }, store, contenders: 3, seed: round });
  const zombies = new Zombies();
  const guard = await arena.acquire(stage.lock);
  const run = watch(
    stage.run<ZombieInput, void>("zombie", { way, holds: false }, { onRequest: zombies.onRequest }),
  );
  await stage.waiters(3);
  await stage.crash(0);
  zombies.ended(0);
  await stage.waiters(2);
  const before = await stage.store.read(guard.token);
  await stage.store.write({ ...before, version: before.version + 1 }, { token: guard.token });
  await guard.release();
  const outcomes = await run.result;
  equal(
    outcomes.map(({ status }) => status),
    ["crashed", "done", "done"],
    "whoever lives is granted although one was ended in its wait",
  );
  zombies.assertHarmless();
  equal(
    (await stage.store.read()).version,
    before.version + 3,
    "nobody commits but the holder and the two that live",
  );
  await expectFree(arena, stage.lock, "after all");
  await stage.session.close();
}

/** What becomes of a lock whose holder was ended but may run on: nothing is freed on the strength of that end. */
export const lostCases: readonly LockCase[] = [
  {
    name: "a lock whose holder is ended is lost: acquires of every sort are refused LOCK_LOST until reset, not by their time limits",
    quick: true,
    contenders: true,
    applies: losesWithOwner,
    run: async (arena, lock) => {
      const stage = await arena.stage({ lock: { kind: lock.kind }, contenders: 2 });
      const { token = 0 } = await stage.step(0, { do: "acquire", as: "held" });
      await stage.crash(0);
      await expectLost(stage.lock, "after its holder's end");
      await expectLost(stage.lock, "again and again");
      const [late] = await stage.play(1, { do: "acquire", as: "late" });
      equal(late?.error, LOST, "another contender is refused as well");
      await resettable(stage.lock).reset();
      if (hasTokens(lock)) {
        const state = await stage.lock.query();
        expect(state.token > token, `reset raises the token above ${token}, not to ${state.token}`);
      }
      await expectReset(arena, stage, token);
      const after = await stage.step(1, { do: "acquire", as: "after" });
      equal(after.abandoned, false, "markConsistent ends abandoned");
      await stage.step(1, { do: "release", as: "after" });
    },
  },
  refusesWaiters("async"),
  refusesWaiters("sync"),
  {
    name: "reset frees nothing that is not lost, and resetting twice frees once",
    contenders: true,
    applies: losesWithOwner,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 2 });
      const lock = resettable(stage.lock);
      await lock.reset();
      const held = await stage.step(1, { do: "acquire", as: "held" });
      equal(held.abandoned, false, "reset of a free lock abandons nothing");
      await lock.reset();
      equal(
        await lock.tryAcquire(),
        undefined,
        "reset does not free what a living contender holds",
      );
      await stage.step(1, { do: "release", as: "held" });
      await stage.step(0, { do: "acquire", as: "lost" });
      await stage.crash(0);
      await lock.reset();
      const mine: Guard = await arena.acquire(lock);
      await lock.reset();
      equal(
        (await lock.query()).held,
        true,
        "a second reset frees nothing that was taken after the first",
      );
      await mine.release();
      await expectFree(arena, lock, "after two resets");
    },
  },
  {
    name: "a holder that was ended cannot commit once the lock was reset: its token is stale",
    contenders: true,
    limits: 8,
    applies: (lock) => losesWithOwner(lock) && lock.fencedStoreKind !== undefined,
    run: async (arena, { kind, fencedStoreKind, guarantees }) => {
      const store = { kind: fencedStoreKind!, options: { capacity: CAPACITY, maxSales: 0 } };
      for (const way of waysOf(guarantees).filter((each) => each !== "mixed")) {
        const stage = await arena.stage({ lock: { kind }, store, contenders: 1 });
        const zombies = new Zombies();
        const inside = Promise.withResolvers<number>();
        const onRequest = (topic: string, body: unknown, index: number): unknown => {
          if (topic === "inside") inside.resolve(Number(body));
          return zombies.onRequest(topic, body, index);
        };
        const run = watch(
          stage.run<ZombieInput, void>("zombie", { way, holds: true }, { onRequest }),
        );
        const token = await arena.within("the first contender is inside", inside.promise);
        await stage.crash(0);
        zombies.ended(0);
        await expectLost(stage.lock, "after its holder's end");
        await resettable(stage.lock).reset();
        const raised = (await stage.lock.query()).token;
        const before = await stage.store.read(raised);
        await rejects(
          () => stage.store.write({ ...before, version: before.version + 1 }, { token }),
          "STORE_STALE_TOKEN",
          "a late commit with the token of the lost hold is refused, once the store was read with what query told after the reset",
        );
        await new Promise((resolve) => setTimeout(resolve, HARM_MS));
        await expectReset(arena, stage, token);
        equal((await run.result)[0]?.status, "crashed", "who was ended is told of as crashed");
        equal((await stage.store.read()).version, before.version, "nothing was committed");
        await stage.session.close();
      }
    },
  },
  endedWaiter("async"),
  endedWaiter("sync"),
  {
    name: "who closes the lock and ends leaves nothing lost behind",
    contenders: true,
    applies: losesWithOwner,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 2 });
      await stage.step(0, { do: "acquire", as: "held" });
      await stage.step(0, { do: "release", as: "held" });
      await stage.step(0, { do: "close" });
      await stage.crash(0);
      await expectFree(arena, stage.lock, "after a contender has left");
    },
  },
];
