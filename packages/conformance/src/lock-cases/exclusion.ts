import type { Arena } from "../kit/arena.ts";
import { Doorkeeper } from "../kit/doorkeeper.ts";
import { equal, expect } from "../kit/expect.ts";
import type { Way } from "../kit/taking.ts";
import type { CountUnprotectedInput } from "../workloads/count-unprotected.ts";
import type { EnterAndLeaveInput } from "../workloads/enter-and-leave.ts";
import { blocks, hasTokens, type LockCase, type LockUnderTest } from "./lock-case.ts";

const ROUNDS = 40;
/** Many short sections, for a door that stands open for nanoseconds only. */
const COUNTING_ROUNDS = 100_000;
const COUNTING_BUDGET_MS = 250;
const FRESH_LOCKS = 40;

/** Sends all contenders through the critical section and gives the doorkeeper's notes. */
async function enterAndLeave(
  arena: Arena,
  { kind }: LockUnderTest,
  how: Pick<EnterAndLeaveInput, "way" | "pauses">,
): Promise<Doorkeeper> {
  const stage = await arena.stage({ lock: { kind } });
  const door = new Doorkeeper();
  const input: EnterAndLeaveInput = { rounds: ROUNDS, ...how };
  await stage.values("enter-and-leave", input, { onRequest: door.onRequest });
  return door;
}

/** Threads count in memory that they share, processes in a store. */
async function countUnprotected(arena: Arena, lock: LockUnderTest, way: Way): Promise<void> {
  const { kind, unit, storeKind } = lock;
  const options = { capacity: COUNTING_ROUNDS * arena.contenders, maxSales: 1 };
  const words = unit === "thread" ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
  const stage = await arena.stage({
    lock: { kind },
    ...(words === undefined ? { store: { kind: storeKind, options } } : {}),
  });
  const input: CountUnprotectedInput = {
    rounds: COUNTING_ROUNDS,
    way,
    budgetMs: COUNTING_BUDGET_MS,
    words,
  };
  const counts = await stage.values<CountUnprotectedInput, number>("count-unprotected", input);
  const rounds = counts.reduce((sum, count) => sum + count, 0);
  const changed =
    words === undefined ? options.capacity - (await stage.store.read()).remaining : words[0]!;
  equal(changed, rounds, "no update is lost between a read and a write under the lock");
}

function entering(way: Way, pauses: boolean): LockCase {
  return {
    name: `at most one contender is inside, ${wording[way]}${pauses ? ", with pauses between the lock's atomic steps" : ""}`,
    quick: pauses || way === "async",
    contenders: true,
    runtimes: pauses,
    applies: (lock) => way === "async" || blocks(lock),
    run: async (arena, lock) => {
      const door = await enterAndLeave(arena, lock, { way, pauses });
      door.assertExclusive();
      door.assertEntries(ROUNDS * arena.contenders);
    },
  };
}

function counting(way: Way): LockCase {
  return {
    name: `no update of unprotected data is lost, ${wording[way]}`,
    quick: way === "async",
    contenders: true,
    runtimes: way !== "sync",
    applies: (lock) =>
      (lock.unit === "thread" || lock.storeKind !== undefined) && (way === "async" || blocks(lock)),
    run: (arena, lock) => countUnprotected(arena, lock, way),
  };
}

const wording: Readonly<Record<Way, string>> = {
  async: "waiting with acquire",
  sync: "waiting with acquireSync",
  mixed: "waiting with both by turns",
};

/** Two contenders are never inside together, and everyone comes in. */
export const exclusionCases: readonly LockCase[] = [
  entering("async", false),
  entering("sync", false),
  entering("mixed", false),
  entering("async", true),
  entering("mixed", true),
  counting("async"),
  counting("sync"),
  counting("mixed"),
  {
    name: "tokens rise strictly over all contenders, in the order of grants",
    quick: true,
    contenders: true,
    runtimes: true,
    applies: hasTokens,
    run: async (arena, lock) => {
      const door = await enterAndLeave(arena, lock, { way: "async", pauses: true });
      door.assertTokensRise();
      expect(Math.min(...door.tokens) > 0, "every token is above 0");
    },
  },
  {
    name: "simultaneous first use of a fresh lock excludes, and grants everyone",
    contenders: true,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind, count: FRESH_LOCKS } });
      const door = new Doorkeeper();
      await stage.values("first-use", FRESH_LOCKS, { onRequest: door.onRequest });
      door.assertExclusive();
      door.assertEntries(FRESH_LOCKS * arena.contenders);
    },
  },
];
