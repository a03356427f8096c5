import type { Launcher } from "@ticketlock/core";
import type { Arena } from "./kit/arena.ts";
import { equal, expect } from "./kit/expect.ts";
import { watch } from "./kit/limit.ts";
import { type Stage, valueOf } from "./kit/stage.ts";
import { expectFree } from "./lock-cases/guards.ts";
import { blocks, hasTokens, type LockUnderTest, survivesOwner } from "./lock-cases/lock-case.ts";
import type { Facts } from "./workloads/facts.ts";
import type { Step, StepResult } from "./workloads/puppet.ts";

type Runtime = Launcher["runtime"];

/** One promise of sessions whose contenders are of several runtimes, and how it is tried. */
export interface MixedSessionCase {
  /** The promise, in words. Tests are named after it. */
  readonly name: string;
  /** Which locks make this promise; all unless told. */
  readonly applies?: (lock: LockUnderTest) => boolean;
  /** `runtimes` are those of the launchers, in order: contender i is of `runtimes[i % runtimes.length]`. */
  readonly run: (arena: Arena, lock: LockUnderTest, runtimes: readonly Runtime[]) => Promise<void>;
}

/** Waiters of each runtime, that live to the end: one for each way of waiting. */
const WAITERS = 2;

/**
 * Releases between each two runtimes. A waiter is counted before it sleeps: one that meets the release
 * on its way to sleep needs no wake-up, and shows nothing.
 */
const RELEASES = 5;

/** How a hold ends. */
type End = "release" | "crash";

/** How one holder's lock goes to the waiters of another runtime. */
interface HandOver {
  readonly holder: number;
  readonly end: End;
  readonly waiters: readonly number[];
  /** Who was who, for messages. */
  readonly pair: string;
}

/**
 * For each ordered pair of runtimes: a holder of the one releases or is killed while contenders of the
 * other wait, one with each way. All are granted, and the first of them is told of a death.
 */
async function handOverBetweenAll(
  arena: Arena,
  lock: LockUnderTest,
  runtimes: readonly Runtime[],
  end: End,
): Promise<void> {
  const [holders, times] = end === "crash" ? [runtimes.length - 1, 1] : [1, RELEASES];
  const contenders = runtimes.length * (WAITERS + holders);
  const stage = await arena.stage({ lock: { kind: lock.kind }, contenders });
  const nth = (runtime: number, n: number): number => n * runtimes.length + runtime;
  for (const [from, one] of runtimes.entries()) {
    for (const [turn, to] of [...runtimes.keys()].filter((other) => other !== from).entries()) {
      const holder = nth(from, WAITERS + (end === "crash" ? turn : 0));
      const waiters = Array.from({ length: WAITERS }, (_item, n) => nth(to, n));
      const what = end === "crash" ? "was killed" : "had released";
      const pair = `a holder in ${one} ${what}, for whom others in ${runtimes[to]} waited`;
      for (let i = 0; i < times; i++) await handOver(stage, lock, { holder, end, waiters, pair });
    }
  }
  await expectFree(arena, stage.lock, "after all");
  equal((await stage.lock.query()).waiters, 0, "nobody waits after all");
}

async function handOver(
  stage: Stage,
  lock: LockUnderTest,
  { holder, end, waiters, pair }: HandOver,
): Promise<void> {
  const held = await stage.step(holder, { do: "acquire", as: "held" });
  const ways = blocks(lock) ? (["acquire", "acquireSync"] as const) : (["acquire"] as const);
  const parts: Step[][] = Array.from({ length: stage.count }, () => []);
  for (const [i, waiter] of waiters.entries())
    parts[waiter] = [
      { do: ways[i % ways.length]!, as: "next" },
      { do: "markConsistent", as: "next" },
      { do: "release", as: "next" },
    ];
  if (end === "release")
    parts[holder] = [
      { do: "awaitWaiters", waiters: waiters.length },
      { do: "release", as: "held" },
    ];
  const run = watch(stage.run<Step[][], StepResult[]>("puppet", parts));
  if (end === "crash") {
    await stage.waiters(waiters.length);
    await stage.crash(holder);
  }
  const outcomes = await run.result;
  const grants = waiters.map((waiter) => {
    const results = valueOf(outcomes[waiter]!, `contender ${waiter} is granted after ${pair}`);
    const errors = results.flatMap(({ error }) => error ?? []);
    equal(errors, [], `contender ${waiter} is granted and releases, after ${pair}`);
    return results[0]!;
  });
  if (hasTokens(lock)) {
    grants.sort((a, b) => a.token! - b.token!);
    const [first] = grants;
    expect(first!.token! > held.token!, `tokens rise, after ${pair}`);
    equal(new Set(grants.map(({ token }) => token)).size, waiters.length, `tokens differ, after ${pair}`); // prettier-ignore
  } else {
    grants.sort((a, b) => Number(b.abandoned) - Number(a.abandoned));
  }
  equal(
    grants.map(({ abandoned }) => abandoned === true),
    waiters.map((_waiter, i) => end === "crash" && i === 0),
    `only a death is told as abandoned, and only to the first to come in, after ${pair}`,
  );
}

/** What only sessions of several runtimes promise; the rest of the group are cases of locks, stores and modes. */
export const mixedSessionCases: readonly MixedSessionCase[] = [
  {
    name: "contenders are of every runtime in turn, and tell the owner's time within the error that they state",
    run: async (arena, { kind }, runtimes) => {
      const stage = await arena.stage({ lock: { kind } });
      const { launcher } = arena.adapters.find((adapter) => adapter.launcher !== undefined)!;
      const beforeNs = launcher!.nowNs();
      const facts = await stage.values<null, Facts>("facts", null, { onRequest: () => null });
      const afterNs = launcher!.nowNs();
      equal(
        facts.map(({ runtime }) => runtime),
        facts.map((_fact, index) => runtimes[index % runtimes.length]!),
        "each launcher's contenders run in the runtime that it declares",
      );
      for (const { runtime, beganNs, clockErrorNs } of facts) {
        const errorNs = BigInt(Math.ceil(clockErrorNs));
        expect(
          beforeNs - errorNs <= BigInt(beganNs) && BigInt(beganNs) <= afterNs + errorNs,
          `a contender in ${runtime} began while the owner's clock went from ${beforeNs} to ${afterNs} ns, but it says ${beganNs}, with an error of at most ${clockErrorNs}`,
        );
      }
    },
  },
  {
    name: "a release in one runtime wakes the waiters of each other runtime",
    run: (arena, lock, runtimes) => handOverBetweenAll(arena, lock, runtimes, "release"),
  },
  {
    name: "a holder of one runtime that is killed hands the lock to the waiters of each other runtime, and the first of them is told",
    applies: survivesOwner,
    run: (arena, lock, runtimes) => handOverBetweenAll(arena, lock, runtimes, "crash"),
  },
];
