import type { Guard } from "@ticketlock/core";
import type { Arena } from "../kit/arena.ts";
import { equal } from "../kit/expect.ts";
import { until, watch } from "../kit/limit.ts";
import { type Stage, waiters } from "../kit/stage.ts";
import { blocksOn, type Way } from "../kit/taking.ts";
import type { QueueUpInput } from "../workloads/queue-up.ts";
import { blocks, isFifo, type LockCase, type LockUnderTest } from "./lock-case.ts";

const ROUNDS = 5;

/** The owner of the line: says whose turn it is to join it, and notes who is granted. */
class Usher {
  readonly granted: number[] = [];
  /** The round in which contenders may join the line. */
  round = 0;
  readonly #stage: Stage;
  readonly #way: Way;
  readonly #arrived = new Set<number>();

  constructor(stage: Stage, way: Way) {
    this.#stage = stage;
    this.#way = way;
  }

  readonly onRequest = (topic: string, body: unknown): unknown => {
    const place = Number(body);
    if (topic === "is it my turn") return this.#isTurn(place);
    if (topic === "arrived") this.#arrived.add(place);
    else this.granted.push(place);
    return null;
  };

  /** True once the places below `place` of its round are taken. */
  async isInLine(place: number): Promise<boolean> {
    const { count, lock } = this.#stage;
    const before = place - this.round * count;
    if ((await lock.query()).waiters !== before) return false;
    // Who does not block says so itself, when its acquire has been called.
    return before === 0 || blocksOn(this.#way, place - 1) || this.#arrived.has(place - 1);
  }

  async #isTurn(place: number): Promise<boolean> {
    return Math.floor(place / this.#stage.count) === this.round && (await this.isInLine(place));
  }
}

/** Contenders queue up one by one, in an order that everybody knows, behind the owner. */
async function queueUp(arena: Arena, { kind }: LockUnderTest, way: Way): Promise<void> {
  const stage = await arena.stage({ lock: { kind } });
  const usher = new Usher(stage, way);
  const held = await arena.acquire(stage.lock);
  const input: QueueUpInput = { rounds: ROUNDS, way };
  const run = watch(
    stage.values<QueueUpInput, void>("queue-up", input, { onRequest: usher.onRequest }),
  );
  // A contender that fails ends the wait for it.
  await Promise.race([letRoundsPass(arena, stage, usher, held), run.result]);
  await run.result;
  const arrived = Array.from({ length: ROUNDS * stage.count }, (_item, place) => place);
  equal(usher.granted, arrived, "grants follow the order of arrival");
}

async function letRoundsPass(
  arena: Arena,
  stage: Stage,
  usher: Usher,
  first: Guard,
): Promise<void> {
  let held = first;
  for (let done = 1; done <= ROUNDS; done++) {
    const last = done * stage.count;
    await until(arena.limitMs, "everyone is in line", () => usher.isInLine(last));
    // The owner stands at the end of the line for its next turn.
    const next = watch(stage.lock.acquire());
    await stage.waiters(stage.count + 1);
    await held.release();
    held = await arena.within("the owner gets its next turn", next.result);
    usher.round = done;
  }
  await held.release();
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
