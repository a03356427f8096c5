import { explore, type Model } from "@ticketlock/explorer";
import { describe, expect, test } from "vitest";
import { fifoModel, inLine, timed as leavesLine, trying } from "./fifo-programs.ts";
import { fifoZombieModel } from "./fifo-zombie-programs.ts";
import {
  awaiting,
  blocking,
  calledOff,
  futexModel,
  timed,
  wokenTooLate,
} from "./futex-programs.ts";
import * as zombie from "./futex-zombie-programs.ts";

const one = blocking(1);
const place = inLine(1);
const pair = { contenders: 2, size: 2, stands: true };
const stays: Partial<Model> = { deaths: 1, zombies: "stay-queued" };

/** Each program that the proofs have, in a model that is small enough to be explored without marks. */
const models: readonly (readonly [string, () => Model])[] = [
  ["FutexWord, 2 and 1 rounds", () => futexModel([blocking(2), one])],
  ["FutexWord, 1 death", () => futexModel([one, one], { deaths: 1 })],
  ["FutexWord, 2 deaths", () => futexModel([one, one], { deaths: 2 })],
  ["FutexWord, the dead stay queued", () => futexModel([one, one], stays)],
  ["FutexWord, awaiting", () => futexModel([one, awaiting(1)])],
  ["FutexWord, awaiting, 1 death", () => futexModel([one, awaiting(1)], { deaths: 1 })],
  ["FutexWord, a time limit, 1 death", () => futexModel([one, timed], { deaths: 1 })],
  ["FutexWord, woken too late, 1 death", () => futexModel([one, wokenTooLate], { deaths: 1 })],
  ["FutexWord, called off", () => futexModel([one, calledOff])],
  ["FutexWord, a zombie", () => zombies([zombie.blocking, zombie.blocking], false)],
  ["FutexWord, an awaiting zombie", () => zombies([zombie.awaiting, zombie.blocking], false)],
  [
    "FutexWord, a zombie that stands, and a reset",
    () => zombies([zombie.blocking, zombie.blocking], true),
  ],
  ["FifoRing, 2 and 1 rounds", () => fifoModel([inLine(2), place], 2)],
  ["FifoRing, 1 death", () => fifoModel([place, place], 2, { deaths: 1 })],
  ["FifoRing, the dead stay queued", () => fifoModel([place, place], 2, stays)],
  ["FifoRing, a time limit", () => fifoModel([place, leavesLine], 2)],
  ["FifoRing, one only tries", () => fifoModel([place, trying], 2)],
  ["FifoRing, a zombie that stands", () => fifoZombieModel({ ...pair, resets: false })],
  ["FifoRing, a zombie that stands, and a reset", () => fifoZombieModel({ ...pair, resets: true })],
];

function zombies(contenders: readonly zombie.ZombieContender[], resets: boolean): Model {
  return zombie.futexZombieModel({ contenders, resets, stands: resets });
}

describe("the loop marks hide no end of", () => {
  test.for(models)("%s", { timeout: 300_000 }, ([, modelOf]) => {
    const model = { ...modelOf(), maxStates: 3_000_000 };
    const marked = explore(model);
    const unmarked = explore({ ...model, usesMarks: false });
    expect(unmarked.verdict).toBe("proved");
    expect(marked.ends).toEqual(unmarked.ends);
    expect(marked.states).toBeLessThanOrEqual(unmarked.states);
  });
});
