import type { Arena } from "../kit/arena.ts";
import { equal, expect } from "../kit/expect.ts";
import { watch } from "../kit/limit.ts";
import type { Stage } from "../kit/stage.ts";
import { type Way, waysOf } from "../kit/taking.ts";
import type { WaitOnceInput } from "../workloads/wait-once.ts";
import { expectFree } from "./guards.ts";
import { blocks, type LockCase, type LockUnderTest, survivesOwner } from "./lock-case.ts";

/** "Immediate" for a busy machine; who polls for deaths every few seconds is later. */
const PROMPT_MS = 1_000;
const RACING_CONTENDERS = 6;
/** Half of it for processes, which take long to start. */
const RACING_SESSIONS = 4;

/** Every contender that is not `dead` waits once, in one of the ways, while the owner holds; then `meanwhile` happens. */
async function whileAllWait(
  arena: Arena,
  stage: Stage,
  setting: {
    readonly ways: readonly Way[];
    readonly pauses: boolean;
    readonly dead: ReadonlySet<number>;
  },
  meanwhile: (release: () => unknown) => Promise<void>,
): Promise<void> {
  const guard = await arena.acquire(stage.lock);
  const granted = new Set<number>();
  const onRequest = (_topic: string, _body: unknown, index: number): void =>
    void granted.add(index);
  const run = watch(
    stage.run<WaitOnceInput, boolean>(
      "wait-once",
      { ways: setting.ways, pauses: setting.pauses },
      { onRequest },
    ),
  );
  await stage.waiters(stage.count - setting.dead.size);
  await meanwhile(() => guard.release());
  const outcomes = await run.result;
  for (const [index, outcome] of outcomes.entries()) {
    if (setting.dead.has(index)) continue;
    equal(outcome.status, "done", `waiter ${index}, which lives, is granted although others died`);
    expect(granted.has(index), `waiter ${index} was inside`);
  }
}

/** One contender after the other dies at the moment of a release. */
async function raceWakeUpsWithDeaths(
  arena: Arena,
  { kind, guarantees }: LockUnderTest,
  session: number,
): Promise<void> {
  const stage = await arena.stage({ lock: { kind }, contenders: RACING_CONTENDERS, seed: session });
  const dead = new Set<number>();
  for (let victim = 0; victim < RACING_CONTENDERS - 1; victim++) {
    const ways = waysOf(guarantees).slice(session % waysOf(guarantees).length);
    await whileAllWait(arena, stage, { ways, pauses: session % 2 === 1, dead }, async (release) => {
      dead.add(victim);
      // Sometimes the death comes first, sometimes the wake-up, by a hair.
      const early = victim % 3 === 0 ? stage.crash(victim) : undefined;
      const released = release();
      for (let spin = victim * 2_000; spin > 0; spin--) Math.sqrt(spin);
      await (early ?? stage.crash(victim));
      await released;
    });
    const guard = await arena.acquire(stage.lock);
    await guard.markConsistent();
    await guard.release();
  }
  equal((await stage.lock.query()).waiters, 0, "the dead wait no more");
  await stage.session.close();
}

function deadWaiter(way: Way): LockCase {
  return {
    name: `a waiter that dies is left out, and the others are granted, waiting with ${way === "sync" ? "acquireSync" : "acquire"}`,
    quick: way === "async",
    contenders: true,
    applies: (lock) => survivesOwner(lock) && (way === "async" || blocks(lock)),
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind } });
      const dead = new Set<number>();
      await whileAllWait(arena, stage, { ways: [way], pauses: false, dead }, async (release) => {
        dead.add(1);
        await stage.crash(1);
        await stage.waiters(stage.count - 1);
        await release();
      });
      await expectFree(arena, stage.lock, "after all");
      equal((await stage.lock.query()).waiters, 0, "the dead waiter is not counted");
    },
  };
}

function promptRecovery(way: Way): LockCase {
  return {
    name: `a dead holder's lock is with a waiter within a second, waiting with ${way === "sync" ? "acquireSync" : "acquire"}`,
    contenders: true,
    applies: (lock) => survivesOwner(lock) && (way === "async" || blocks(lock)),
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 2 });
      await stage.step(0, { do: "acquire", as: "held" });
      const waiting = watch(
        stage.play(1, { do: way === "sync" ? "acquireSync" : "acquire", as: "next" }),
      );
      await stage.waiters(1);
      await stage.crash(0);
      const diedMs = performance.now();
      const [next] = await waiting.result;
      const tookMs = performance.now() - diedMs;
      expect(next?.error === undefined, `the waiter is granted, not refused with ${next?.error}`);
      expect(
        tookMs <= PROMPT_MS,
        `a dead holder's lock is with a waiter within ${PROMPT_MS} ms, but it took ${Math.round(tookMs)} ms`,
      );
      await stage.step(1, { do: "release", as: "next" });
    },
  };
}

/** What becomes of a lock when those who hold it or wait for it die. */
export const deathCases: readonly LockCase[] = [
  {
    name: "a terminated holder's lock goes to a waiter",
    quick: true,
    contenders: true,
    applies: survivesOwner,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 3 });
      const first = await stage.step(0, { do: "acquire", as: "held" });
      await stage.step(1, { do: "begin", as: "next" });
      // The owner waits too, and may be the first of the two where grants are not in order.
      const owner = watch(stage.lock.acquire().then((guard) => guard.release()));
      await stage.waiters(2);
      await stage.crash(0);
      const [next] = await stage.play(
        1,
        { do: "await", as: "next" },
        { do: "release", as: "next" },
      );
      expect(next?.error === undefined, `the waiter is granted, not refused with ${next?.error}`);
      if (first.token && next?.token)
        expect(next.token > first.token, "the token after a death is higher");
      await arena.within("the owner, who waited too, is granted", owner.result);
      await expectFree(arena, stage.lock, "after both waiters");
    },
  },
  promptRecovery("async"),
  promptRecovery("sync"),
  {
    name: "a lock whose holder died can be taken by whoever comes later",
    contenders: true,
    applies: survivesOwner,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 2 });
      await stage.step(0, { do: "acquire", as: "held" });
      await stage.crash(0);
      const late = await stage.step(1, { do: "acquire", as: "late" });
      expect(late.abandoned === true, "who comes after a death is told abandoned");
      await stage.step(1, { do: "release", as: "late" });
    },
  },
  {
    name: "after a holder's death guards say abandoned until markConsistent",
    quick: true,
    contenders: true,
    applies: survivesOwner,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 2 });
      const before = await stage.step(0, { do: "acquire", as: "held" });
      equal(before.abandoned, false, "before any death no guard says abandoned");
      const waiting = watch(stage.lock.acquire());
      await stage.waiters(1);
      await stage.crash(0);
      const first = await arena.within("the waiter is granted", waiting.result);
      equal(first.abandoned, true, "the guard after a death says abandoned");
      equal((await stage.lock.query()).abandoned, true, "query says abandoned");
      await first.release();
      const second = await stage.step(1, { do: "acquire", as: "second" });
      equal(second.abandoned, true, "abandoned lasts until somebody says that the data is fine");
      await stage.step(1, { do: "markConsistent", as: "second" });
      await stage.step(1, { do: "release", as: "second" });
      const third = await arena.acquire(stage.lock);
      equal(third.abandoned, false, "markConsistent ends abandoned");
      await third.release();
      equal((await stage.lock.query()).abandoned, false, "query no longer says abandoned");
    },
  },
  deadWaiter("async"),
  deadWaiter("sync"),
  {
    name: "a waiter's wake-up that races its death is not lost: everyone else is granted",
    contenders: true,
    applies: survivesOwner,
    run: async (arena, lock) => {
      const sessions = lock.unit === "process" ? RACING_SESSIONS / 2 : RACING_SESSIONS;
      for (let session = 0; session < sessions; session++)
        await raceWakeUpsWithDeaths(arena, lock, session);
    },
  },
];
