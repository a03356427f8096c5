import { Doorkeeper } from "../kit/doorkeeper.ts";
import { equal, errorName, expect } from "../kit/expect.ts";
import { until, watch } from "../kit/limit.ts";
import { workloadUrl } from "../kit/workload-url.ts";
import type { EnterAndLeaveInput } from "../workloads/enter-and-leave.ts";
import { expectFree } from "./guards.ts";
import { hasTokens, type LockCase, servesProcesses } from "./lock-case.ts";

const CROWD = 64;
const CROWD_ROUNDS = 2;
/** So many processes take long to start on a busy machine. */
const CROWD_LIMITS = 16;
const PENDING = 10_000;

/** What becomes of everyone when there are many. */
export const crowdCases: readonly LockCase[] = [
  {
    name: `${CROWD} processes on one lock: every one is granted, one at a time`,
    contenders: true,
    applies: servesProcesses,
    limits: CROWD_LIMITS,
    run: async (arena, lock) => {
      const stage = await arena.stage({ lock: { kind: lock.kind }, contenders: CROWD });
      const door = new Doorkeeper();
      const input: EnterAndLeaveInput = { rounds: CROWD_ROUNDS, way: "async", pauses: false };
      const run = watch(
        stage.session.run(workloadUrl("enter-and-leave"), input, { onRequest: door.onRequest }),
      );
      // However long all of them take, one must come in after the other.
      for (let seen = -1; seen < CROWD * CROWD_ROUNDS;) {
        const before = seen;
        const entered = (): boolean => door.entries.length > before || run.settled;
        await until(arena.limitMs, "another process comes in", entered);
        seen = run.settled ? Infinity : door.entries.length;
      }
      const outcomes = await arena.within("all processes end their workload", run.result);
      equal(
        outcomes.filter(({ status }) => status !== "done").length,
        0,
        "every process is granted",
      );
      door.assertExclusive();
      door.assertEntries(CROWD * CROWD_ROUNDS);
      if (hasTokens(lock)) door.assertTokensRise();
    },
  },
  {
    name: `${PENDING} pending acquires of one contender: each is granted, or refused with QUEUE_FULL`,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const holder = await arena.openLock(lock.handle);
      const guard = await arena.acquire(holder);
      let [granted, inside, most] = [0, 0, 0];
      const refused = new Map<string, number>();
      const enter = async (): Promise<void> => {
        try {
          const taken = await lock.acquire();
          most = Math.max(most, ++inside);
          granted++;
          inside--;
          await taken.release();
        } catch (error) {
          const name = errorName(error);
          refused.set(name, (refused.get(name) ?? 0) + 1);
        }
      };
      const all = Array.from({ length: PENDING }, enter);
      await guard.release();
      // However long all of them take, there must be one after the other.
      for (let seen = -1; seen < PENDING;) {
        const settled = (): number => granted + [...refused.values()].reduce((a, b) => a + b, 0);
        const before = seen;
        await until(arena.limitMs, "another pending acquire settles", () => settled() > before);
        seen = settled();
      }
      await arena.within("all holds end", Promise.all(all));
      expect(granted > 0, "some of them are granted");
      equal(
        [...refused.keys()].filter((name) => name !== "QUEUE_FULL"),
        [],
        "the surplus is refused with QUEUE_FULL",
      );
      equal(granted + (refused.get("QUEUE_FULL") ?? 0), PENDING, "every pending acquire settles");
      equal(most, 1, "one is inside at a time");
      await expectFree(arena, lock, "after all of them");
      equal((await lock.query()).waiters, 0, "nobody waits any more");
    },
  },
  {
    name: "locks that all contenders make at once are locks of their own",
    contenders: true,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind } });
      const tokens = await stage.values<null, number>("own-locks", null);
      equal(tokens.length, stage.count, "all contenders hold a lock of their own at the same time");
    },
  },
];
