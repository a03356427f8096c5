import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { openMappedMutex } from "../src/index.ts";
import { mappedStores } from "../src/mapped-stores.ts";
import { lookSeldom, type Program, scratchDirectory, startProgram, until } from "./kit.ts";
import { A, B, openTally, OVERLAPS, TOKENS_REPEATED, TURNS } from "./programs/tally.ts";
import { type Runtime, runtimes } from "./runtimes.ts";
import { faultsOf, pictureOf } from "./store/picture.ts";
import { ended, nextMessage, start } from "./store/processes.ts";

/* What is granted here is granted because a wake-up came: nobody looks by himself for ten minutes. */
await lookSeldom();

/** Two contenders of each. */
const cast: readonly Runtime[] = [...runtimes, ...runtimes];
const everybody = cast.map((_, i) => i);

/** Enough to run on every push; hundreds were tried and found nothing else. */
const KILLS = 18;

/** Says what each runtime's platform knows of itself. */
interface Said {
  readonly inMain: Readonly<Record<string, unknown>>;
  readonly inWorker: Readonly<Record<string, unknown>>;
}

test.for(runtimes)("%s finds where memory lies, and which thread it is", async (runtime) => {
  const child = start("../programs/platform.ts", "", { runtime });
  const { inMain, inWorker } = await nextMessage<Said>(child);
  expect(await ended(child)).toBe(0);
  const both = {
    addressIsThatOfMapping: true,
    addressLeadsToBuffer: true,
    isAlive: true,
    isDeadAlive: false,
  };
  expect(inMain).toEqual({ ...both, isMainThreadsId: true });
  expect(inWorker).toEqual({ ...both, isMainThreadsId: false });
});

describe("Two processes of each runtime that share a mutex", () => {
  test.for([
    { how: "sync", rounds: 20_000 },
    { how: "mixed", rounds: 400 },
  ])(
    "count together ($how): nothing is lost, and no token comes twice",
    async ({ how, rounds }) => {
      const directory = scratchDirectory();
      const [lock, words] = [`${directory}/lock`, `${directory}/tally`];
      const tally = openTally(words);
      const mutex = openMappedMutex(lock);
      const gate = mutex.acquireSync();
      const contenders = await Promise.all(
        cast.map((runtime, i) =>
          startProgram("contender", [lock, words, `${i}`, how, `${rounds}`], runtime),
        ),
      );
      await until("all wait", () => mutex.query().waiters === cast.length);
      gate.release();
      const ends = await Promise.all(contenders.map((one) => one.ended));
      expect(ends).toEqual(cast.map(() => [0, null]));
      expect(everybody.map((i) => tally.words[TURNS + i])).toEqual(everybody.map(() => rounds));
      expect([tally.words[A], tally.words[B]]).toEqual([6 * rounds, 6 * rounds]);
      expect([tally.words[OVERLAPS], tally.words[TOKENS_REPEATED]]).toEqual([0, 0]);
      expect(mutex.query()).toMatchObject({ held: false, waiters: 0, token: 6 * rounds + 1 });
      mutex.close();
      tally.close();
    },
  );

  test.for(["sync", "mixed"])(
    "and are killed at random (%s): every other one gets its turn, and the data is whole",
    { timeout: 120_000 },
    async (how) => {
      const directory = scratchDirectory();
      const [lock, words] = [`${directory}/lock`, `${directory}/tally`];
      const tally = openTally(words);
      const mutex = openMappedMutex(lock);
      const startOne = (i: number): Promise<Program> =>
        startProgram("contender", [lock, words, `${i}`, how], cast[i]);
      const contenders = await Promise.all(everybody.map(startOne));
      const turns = (i: number): number => Atomics.load(tally.words, TURNS + i);
      for (let round = 0; round < KILLS; round++) {
        const victim = round % cast.length;
        await sleep(Math.random() * 6); // a death at whatever instant; nothing waits for it
        await kill(contenders[victim]!);
        const others = everybody.filter((i) => i !== victim);
        const before = others.map(turns);
        await until("every other contender had a turn", () =>
          others.every((i, k) => turns(i) !== before[k]),
        );
        contenders[victim] = await startOne(victim);
      }
      await Promise.all(contenders.map(kill));
      const guard = mutex.acquireSync();
      // The last one killed may have been half-way, which only an abandoned guard may find.
      if (!guard.abandoned) expect(tally.words[A]).toBe(tally.words[B]);
      guard.release();
      expect([tally.words[OVERLAPS], tally.words[TOKENS_REPEATED]]).toEqual([0, 0]);
      console.log(
        `${KILLS} killed, ${tally.words[A]} turns, ${mutex.deaths} holders among the dead`,
      );
      mutex.close();
      tally.close();
    },
  );
});

async function kill({ child, ended }: Program): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}

/** More than the quick ones sell before the slow ones have begun. */
const CAPACITY = 300_000;

test(
  "Two processes of each runtime sell one store out, and three of them are killed: nothing is sold twice, nothing lost",
  { timeout: 120_000 },
  async () => {
    const directory = scratchDirectory();
    const handle = mappedStores.create("mapped", {
      capacity: CAPACITY,
      path: `${directory}/store`,
    });
    const store = mappedStores.open(handle);
    const logs = cast.map((runtime, i) => `${directory}/${runtime}-${i}`);
    const sellers = cast.map((runtime, i) =>
      start("seller.ts", { handle, name: `${runtime}-${i}`, log: logs[i]! }, { runtime }),
    );
    onTestFinished(() => sellers.forEach((seller) => void seller.kill("SIGKILL")));
    await Promise.all(sellers.map((seller) => nextMessage(seller)));
    for (const seller of sellers) seller.send("go");
    await until("each has sold something", () => logs.every((log) => statSync(log).size > 0));
    const [victims, survivors] = [sellers.slice(0, 3), sellers.slice(3)];
    for (const victim of victims) {
      await sleep(Math.random() * 5); // a death at whatever instant; nothing waits for it
      victim.kill("SIGKILL");
      expect(await ended(victim)).toBe("SIGKILL");
    }
    expect(store.read().remaining).toBeGreaterThan(0);
    expect(await Promise.all(survivors.map(ended))).toEqual([0, 0, 0]);
    const picture = pictureOf(store);
    expect(faultsOf(picture)).toEqual([]);
    expect(picture.inventory.remaining).toBeLessThan(3); // an order takes 1 to 3 tickets
    const journal = new Map(picture.sales.map((sale) => [sale.order, sale.firstSerial]));
    const told = logs.flatMap(answersIn);
    expect(told.filter(([order, serial]) => journal.get(order) !== serial)).toEqual([]);
    // Whoever died had at most one sale that it was not told of.
    expect(journal.size - told.length).toBeLessThanOrEqual(victims.length);
    store.close();
  },
);

/** What a seller was told: whole lines only, since the last one of the dead may be cut off. */
function answersIn(path: string): [order: string, serial: number][] {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const [order = "", serial] = line.split(" ");
    return [order, Number(serial)];
  });
}
