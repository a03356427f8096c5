import { explore, type Steps, type Verdict } from "@ticketlock/explorer";
import { exploration } from "@ticketlock/shared-memory/building-blocks";
import { describe, expect, test } from "vitest";
import { OWNER_DIED, type RobustWord, THREAD_ID, WAITERS } from "../src/robust-word.ts";
import {
  blocking,
  calledOff,
  client,
  type Contender,
  deaf,
  helper,
  isFreeToOlderKernel,
  makeWord,
  type MakeWord,
  PENDING,
  repairing,
  type RobustModel,
  robustModel,
  shipped,
  timed,
  WORD,
  wokenTooLate,
  words,
} from "./robust-programs.ts";

function check(contenders: readonly Contender[], model: RobustModel = {}): Verdict {
  return explore(robustModel(contenders, { maxStates: 3_000_000, ...model }));
}

interface Proof {
  readonly name: string;
  readonly contenders: readonly Contender[];
  readonly model?: RobustModel;
}

const one = blocking(1);
const two = blocking(2);
const sliced = blocking(1, 1);
/** No time is ever over: nothing but the helper lets the client go on. */
const helped: RobustModel = { timeOuts: false, helpedBy: helper() };

const proofs: readonly Proof[] = [
  { name: "3 contenders, 2 rounds", contenders: [two, two, two] },
  { name: "3 contenders, 1 death", contenders: [one, one, one], model: { deaths: 1 } },
  { name: "3 contenders, 2 deaths", contenders: [one, one, one], model: { deaths: 2 } },
  {
    name: "3 contenders, 1 death, any sleeper is woken",
    contenders: [one, one, one],
    model: { deaths: 1, wakeOrder: "any" },
  },
  {
    name: "3 contenders, 1 death, spurious wake-ups",
    contenders: [one, one, one],
    model: { deaths: 1, spuriousWakeUps: true },
  },
  { name: "two of 3 come again, 1 death", contenders: [two, two, one], model: { deaths: 1 } },
  { name: "one of 3 repairs, 2 deaths", contenders: [one, one, repairing], model: { deaths: 2 } },
  {
    name: "one of 3 with a time limit, 2 deaths",
    contenders: [one, one, timed],
    model: { deaths: 2 },
  },
  {
    name: "one of 3 woken too late, 2 deaths",
    contenders: [one, one, wokenTooLate],
    model: { deaths: 2 },
  },
  { name: "a contender and a client", contenders: [two, client], model: helped },
  {
    name: "a contender and a client, 1 death",
    contenders: [one, client],
    model: { ...helped, deaths: 1 },
  },
  {
    name: "a contender and a client, 2 deaths",
    contenders: [one, client],
    model: { ...helped, deaths: 2 },
  },
  {
    name: "a contender and a client whose helper dies as well, 2 deaths, with time-outs",
    contenders: [one, client],
    model: { helpedBy: helper(), helperDies: true, deaths: 2 },
  },
  {
    name: "2 contenders and a client that never answers",
    contenders: [one, one, deaf],
    model: helped,
  },
  {
    name: "2 contenders and a client that is called off",
    contenders: [one, one, calledOff],
    model: helped,
  },
  {
    name: "3 contenders in slices, 1 death, with the kernel before Linux 6.2",
    contenders: [sliced, sliced, sliced],
    model: { deaths: 1, isFreeTo: isFreeToOlderKernel },
  },
];

/** Hundreds of thousands of states, on a machine that may be busy. */
const limitMs = 300_000;

describe("RobustWord, with what the kernel does after a death", { timeout: limitMs }, () => {
  test.for(proofs)("excludes and loses no wake-up: $name", ({ contenders, model }) => {
    const { verdict, violation, trace, states } = check(contenders, model);
    expect({ verdict, violation, trace, states }).toMatchObject({
      verdict: "proved",
      violation: undefined,
    });
  });
});

/** A variant of the shipped word with some of its methods replaced. */
function variant(
  change: (word: RobustWord, me: number, steps: Steps) => Partial<RobustWord>,
): MakeWord {
  return (me, steps) => {
    const word = shipped(me, steps);
    return Object.assign(word, change(word, me, steps));
  };
}

interface Twin {
  readonly name: string;
  readonly contenders: readonly Contender[];
  readonly make?: MakeWord;
  readonly model: RobustModel;
  readonly violation: RegExp;
}

/** Frees by storing what `freed` says, and clears WAITERS, if it does, without the kernel. */
function releasing(
  steps: Steps,
  me: number,
  freed: number,
  clearsByCompare: boolean,
): () => boolean {
  return () => {
    if (Atomics.compareExchange(words, WORD, me, 0) === me) return true;
    Atomics.store(words, PENDING + me, 1);
    Atomics.store(words, WORD, freed);
    if (steps.wake(words, WORD, 1) === 0 && clearsByCompare)
      Atomics.compareExchange(words, WORD, freed, 0);
    Atomics.store(words, PENDING + me, 0);
    return true;
  };
}

const twins: readonly Twin[] = [
  {
    name: "drops WAITERS on take-over from a dead holder",
    contenders: [one, one, one],
    model: { deaths: 1 },
    make: variant((word, me, steps) => ({
      takeOrSleep: (hasSlept, sleepMs) => {
        for (;;) {
          exploration.loop("dropping", hasSlept);
          const seen = Atomics.load(words, WORD);
          if ((seen & THREAD_ID) === 0) {
            const next = (seen & OWNER_DIED) !== 0 ? me | OWNER_DIED : seen | me | WAITERS;
            if (Atomics.compareExchange(words, WORD, seen, next) !== seen) continue;
            Atomics.store(words, PENDING + me, 0);
            return "taken";
          }
          const marked = word.mark();
          if (marked === 0) continue;
          return steps.wait(words, WORD, marked, sleepMs) === "ok" ? "woken" : "over";
        }
      },
    })),
    violation: /sleeps for ever/,
  },
  {
    name: "announces nothing in its slow acquire, so that a dying waiter swallows its wake-up",
    contenders: [one, one, one],
    model: { deaths: 1 },
    make: (me, steps) => makeWord(me, steps, { waitsUnannounced: true }),
    violation: /sleeps for ever/,
  },
  {
    name: "announces nothing in its release, so that nobody is woken after its death",
    contenders: [one, one],
    model: { deaths: 1 },
    make: (me, steps) => {
      const word = shipped(me, steps);
      return Object.assign(word, {
        release: () => {
          if (Atomics.compareExchange(words, WORD, me, 0) === me) return true;
          Atomics.store(words, WORD, WAITERS);
          if (steps.wake(words, WORD, 1) === 0) steps.andWakeAll(words, WORD, ~WAITERS);
          return true;
        },
      });
    },
    violation: /sleeps for ever/,
  },
  {
    name: "stores a plain 0 in its contended release",
    contenders: [one, one, one],
    model: { deaths: 1 },
    make: variant((_word, me, steps) => ({ release: releasing(steps, me, 0, false) })),
    violation: /sleeps for ever/,
  },
  {
    name: "clears WAITERS by a compare-and-set, which may hit a later release",
    contenders: [two, two, two],
    model: { deaths: 1 },
    make: variant((_word, me, steps) => ({ release: releasing(steps, me, WAITERS, true) })),
    violation: /sleeps for ever/,
  },
  {
    name: "takes its wake-up away when its time is over",
    contenders: [one, one, wokenTooLate],
    model: {},
    make: variant(() => ({ leave: () => {} })),
    violation: /sleeps for ever/,
  },
  {
    name: "has a helper that takes the lock in its client's place",
    contenders: [one, client],
    model: { ...helped, helpedBy: helper({ takesTheLock: true }), deaths: 1 },
    violation: /the word is \S+ when all have gone/,
  },
  {
    name: "has a helper that does nothing",
    contenders: [one, client],
    model: { ...helped, helpedBy: () => () => {} },
    violation: /contender 2 sleeps for ever/,
  },
  {
    name: "has a helper that keeps the wake-up of a client that does not answer",
    contenders: [one, one, deaf],
    model: { ...helped, helpedBy: helper({ neverPassesOn: true }) },
    violation: /contender [12] sleeps for ever/,
  },
  {
    name: "has a helper that keeps the wake-up of a client that is called off",
    contenders: [one, one, calledOff],
    model: { ...helped, helpedBy: helper({ keepsOnLeaving: true }) },
    violation: /contender [12] sleeps for ever/,
  },
  {
    name: "counts on a kernel since Linux 6.2, in a wait without slices",
    contenders: [sliced, sliced, sliced],
    model: { timeOuts: false, deaths: 1, isFreeTo: isFreeToOlderKernel },
    violation: /sleeps for ever/,
  },
  {
    name: "loads, then stores",
    contenders: [one, one, one],
    model: {},
    make: variant((_word, me) => ({
      tryTake: () => {
        if ((Atomics.load(words, WORD) & THREAD_ID) !== 0) return false;
        Atomics.store(words, WORD, me);
        return true;
      },
    })),
    violation: /mutual exclusion/,
  },
];

describe("A broken twin of RobustWord is refuted: it", { timeout: limitMs }, () => {
  test.for(twins)("$name", ({ contenders, make = shipped, model, violation: expected }) => {
    const { verdict, violation } = check(contenders, { make, ...model });
    expect(verdict).toBe("violation");
    expect(violation).toMatch(expected);
  });
});
