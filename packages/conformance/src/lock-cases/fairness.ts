import type { Arena } from "../kit/arena.ts";
import { equal } from "../kit/expect.ts";
import { watch } from "../kit/limit.ts";
import { waiters } from "../kit/stage.ts";
import type { Way } from "../kit/taking.ts";
import type { QueueUpInput } from "../workloads/queue-up.ts";
import { blocks, isFifo, type LockCase, type LockUnderTest } from "./lock-case.ts";

const ROUNDS = 5;

/** Contenders queue up one by one, in an order that everybody knows, behind the owner. */
async function queueUp(arena: Arena, { kind }: LockUnderTest, way: Way): Promise<void> {
  const stage = await arena.stage({ lock: { kind } });
  const granted: number[] = [];
  let round = 0;
  let held = await arena.acquire(stage.lock);
  const onRequest = async (topic: string, body: unknown): Promise<unknown> => {
    const place = Number(body);
    if (topic === "is it my turn") {
      return (
        Math.floor(place / stage.count) === round &&
        (await stage.lock.query()).waiters === place % stage.count
      );
    }
    return granted.push(place);
  };
  const run = watch(
    stage.values<QueueUpInput, void>("queue-up", { rounds: ROUNDS, way }, { onRequest }),
  );
  for (let done = 1; done <= ROUNDS; done++) {
    await stage.waiters(stage.count);
    // The owner stands at the end of the line for its next turn.
    const next = watch(stage.lock.acquire());
    await stage.waiters(stage.count + 1);
    await held.release();
    held = await arena.within("the owner gets its next turn", next.result);
    round = done;
  }
  await held.release();
  await run.result;
  const arrived = Array.from({ length: ROUNDS * stage.count }, (_item, place) => place);
  equal(granted, arrived, "grants follow the order of arrival");
}

/** Order of arrival is order of grants, where that is declared. */
export const fairnessCases: readonly LockCase[] = [
  {
    name: "grants follow the order of arrival, waiting with acquire",
    contenders: true,
    applies: isFifo,
    run: (arena, lock) => queueUp(arena, lock, "async"),
  },
  {
    name: "grants follow the order of arrival, waiting with both by turns",
    contenders: true,
    applies: (lock) => isFifo(lock) && blocks(lock),
    run: (arena, lock) => queueUp(arena, lock, "mixed"),
  },
  {
    name: "grants follow the order of arrival in one thread, and nobody overtakes",
    quick: true,
    applies: isFifo,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const other = await arena.openLock(lock.handle);
      const guard = await arena.acquire(lock);
      const order: number[] = [];
      const enter = async (i: number): Promise<void> => {
        const granted = await (i % 3 === 0 ? other : lock).acquire();
        order.push(i);
        await granted.release();
      };
      const all = [];
      for (let i = 0; i < 12; i++) {
        all.push(enter(i));
        await waiters(lock, i + 1, arena.limitMs);
      }
      await guard.release();
      all.push(enter(12)); // a newcomer at the very moment of the release
      await arena.within("everyone is granted", Promise.all(all));
      equal(
        order,
        Array.from({ length: 13 }, (_item, i) => i),
        "the order of grants is the order of arrival",
      );
    },
  },
];
