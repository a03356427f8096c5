import { explore, type Model } from "@ticketlock/explorer";
import { afterAll, describe, expect, test } from "vitest";
import { ABANDONED, ASYNC, FutexWord, HOLDER, SLEEPERS } from "../src/futex-word.ts";
import {
  ASYNC_WORD,
  awaiting,
  blocking,
  calledOff,
  type Contender,
  futexModel,
  type MakeWord,
  timed,
  variant,
  WORD,
  words,
  wokenTooLate,
} from "./futex-programs.ts";

type Contenders = readonly Contender[];

interface Proof {
  readonly name: string;
  readonly contenders: Contenders;
  readonly model?: Partial<Model>;
}

const one = blocking(1);
const two = blocking(2);
const asyncOne = awaiting(1);
const asyncTwo = awaiting(2);

const proofs: readonly Proof[] = [
  { name: "3 contenders, 1 round", contenders: [one, one, one] },
  { name: "3 contenders, 2 rounds", contenders: [two, two, two] },
  { name: "4 contenders, 1 round", contenders: [one, one, one, one] },
  { name: "2 blocking and 1 awaiting, 2 rounds", contenders: [two, two, asyncTwo] },
  { name: "1 blocking and 2 awaiting, 2 rounds", contenders: [two, asyncTwo, asyncTwo] },
  { name: "2 blocking and 1 timed", contenders: [one, one, timed] },
  { name: "2 blocking and 2 timed", contenders: [one, one, timed, timed] },
  { name: "2 blocking and 1 woken too late", contenders: [one, one, wokenTooLate] },
  {
    name: "2 blocking and 2 woken too late",
    contenders: [one, one, wokenTooLate, wokenTooLate],
  },
  {
    name: "blocking, awaiting, timed and woken too late",
    contenders: [one, asyncOne, timed, wokenTooLate],
  },
  {
    name: "blocking, awaiting and 2 called off",
    contenders: [one, asyncOne, calledOff, calledOff],
  },
  { name: "3 blocking, 1 death", contenders: [one, one, one], model: { deaths: 1 } },
  { name: "3 blocking, 2 deaths", contenders: [one, one, one], model: { deaths: 2 } },
  { name: "3 blocking, 2 rounds, 1 death", contenders: [two, two, two], model: { deaths: 1 } },
  {
    name: "2 blocking and 1 awaiting, 2 deaths",
    contenders: [one, one, asyncOne],
    model: { deaths: 2 },
  },
  {
    name: "1 blocking and 2 awaiting, 2 deaths",
    contenders: [one, asyncOne, asyncOne],
    model: { deaths: 2 },
  },
  { name: "2 blocking and 1 timed, 2 deaths", contenders: [one, one, timed], model: { deaths: 2 } },
  {
    name: "2 blocking and 1 woken too late, 2 deaths",
    contenders: [one, one, wokenTooLate],
    model: { deaths: 2 },
  },
  {
    name: "3 blocking, 2 deaths, zombies",
    contenders: [one, one, one],
    model: { deaths: 2, zombies: "stay-queued" },
  },
  {
    name: "2 blocking and 1 awaiting, 2 deaths, zombies",
    contenders: [one, one, asyncOne],
    model: { deaths: 2, zombies: "stay-queued" },
  },
];

const counts: string[] = [];
afterAll(() => console.log(counts.join("\n")));

describe(
  "FutexWord keeps others out and loses no wake-up under every interleaving of",
  { timeout: 300_000 },
  () => {
    test.for(proofs)("$name", ({ name, contenders, model }) => {
      const { verdict, states, violation, trace } = explore(futexModel(contenders, model));
      expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
      counts.push(`FutexWord, ${name}: proved in ${states} states`);
    });
  },
);

interface Mistake {
  readonly name: string;
  readonly make: MakeWord;
  readonly contenders: Contenders;
  readonly model?: Partial<Model>;
  readonly violation: string;
}

const mistakes: readonly Mistake[] = [
  {
    name: "a taker that drops the debt of its wake-up",
    make: variant((word) => ({
      sleep: (me, _owes, sleepMs) => FutexWord.prototype.sleep.call(word, me, false, sleepMs),
    })),
    contenders: [one, one, one],
    violation: "sleeps for ever",
  },
  {
    name: "a leave that owes nothing",
    make: variant(() => ({ leave: () => {} })),
    contenders: [two, one, wokenTooLate],
    violation: "sleeps for ever",
  },
  {
    name: "a last try that drops the debt of its wake-up",
    make: variant((word) => ({ tryTake: (me) => FutexWord.prototype.tryTake.call(word, me) })),
    contenders: [two, one, wokenTooLate],
    violation: "sleeps for ever",
  },
  {
    name: "a recovery that wakes nobody",
    make: variant(() => ({
      recover: (dead) => {
        const seen = Atomics.load(words, WORD);
        if ((seen & HOLDER) === dead) Atomics.compareExchange(words, WORD, seen, ABANDONED);
      },
    })),
    contenders: [one, one, one],
    model: { deaths: 1 },
    violation: "sleeps for ever",
  },
  {
    name: "a recovery that wakes only if the dead held the lock",
    make: variant((word) => ({
      recover: (dead) => {
        if ((Atomics.load(words, WORD) & HOLDER) === dead)
          FutexWord.prototype.recover.call(word, dead);
      },
    })),
    contenders: [one, one, one],
    model: { deaths: 1 },
    violation: "sleeps for ever",
  },
  {
    name: "a recovery that wakes one",
    make: variant((word) => ({
      recover: (dead) => {
        const seen = Atomics.load(words, WORD);
        if ((seen & HOLDER) === dead) Atomics.compareExchange(words, WORD, seen, ABANDONED);
        Atomics.notify(words, WORD, 1);
        word.wakeAsync();
      },
    })),
    contenders: [one, one, one],
    model: { deaths: 1, zombies: "stay-queued" },
    violation: "sleeps for ever",
  },
  {
    name: "a recovery that frees whoever holds the lock",
    make: variant(() => ({
      recover: () => {
        Atomics.store(words, WORD, ABANDONED);
        Atomics.notify(words, WORD);
      },
    })),
    contenders: [one, one],
    model: { deaths: 1 },
    violation: "the holder does not hold the lock",
  },
  {
    name: "a release that notifies before it frees",
    make: variant(() => ({
      release: (me) => {
        for (;;) {
          const seen = Atomics.load(words, WORD);
          if ((seen & HOLDER) !== me) return false;
          if ((seen & SLEEPERS) !== 0) Atomics.notify(words, WORD, 1);
          if (Atomics.compareExchange(words, WORD, seen, seen & ABANDONED) === seen) return true;
        }
      },
    })),
    contenders: [one, one, one],
    violation: "sleeps for ever",
  },
  {
    name: "a release by a store, which wipes out marks set meanwhile",
    make: variant((word) => ({
      release: () => {
        const seen = Atomics.load(words, WORD);
        Atomics.store(words, WORD, 0);
        if ((seen & SLEEPERS) !== 0) Atomics.notify(words, WORD, 1);
        if ((seen & ASYNC) !== 0) word.wakeAsync();
        return true;
      },
    })),
    contenders: [one, one, asyncOne],
    violation: "sleeps for ever",
  },
  {
    name: "an awaiting attempt that reads the sequence after the mark",
    make: variant(() => ({
      tryTakeOrMark: (me) => {
        for (;;) {
          const seen = Atomics.load(words, WORD);
          const next = (seen & HOLDER) === 0 ? seen | me : seen | ASYNC;
          if (Atomics.compareExchange(words, WORD, seen, next) !== seen) continue;
          return (seen & HOLDER) === 0 ? "taken" : Atomics.load(words, ASYNC_WORD);
        }
      },
    })),
    contenders: [one, asyncOne],
    violation: "sleeps for ever",
  },
  {
    name: "a release that tells the awaiting but does not count",
    make: variant(() => ({ wakeAsync: () => void Atomics.notify(words, ASYNC_WORD) })),
    contenders: [one, asyncOne],
    violation: "sleeps for ever",
  },
  {
    name: "an attempt by load and store",
    make: variant((word) => ({
      tryTake: (me) => {
        const seen = word.load();
        if ((seen & HOLDER) !== 0) return false;
        Atomics.store(words, WORD, seen | me);
        return true;
      },
    })),
    contenders: [one, one, one],
    model: { deaths: 1 },
    violation: "mutual exclusion",
  },
];

describe("FutexWord would be broken by", { timeout: 300_000 }, () => {
  test.for(mistakes)("$name", ({ make, contenders, model, violation }) => {
    const found = explore(futexModel(contenders, { make, ...model }));
    expect(found.violation).toContain(violation);
    expect(found.trace?.steps.length).toBeGreaterThan(0);
  });

  test("a taker that drops its debt, unseen by two contenders", () => {
    const { make } = mistakes[0]!;
    expect(explore(futexModel([one, one], { make })).verdict).toBe("proved");
  });
});
