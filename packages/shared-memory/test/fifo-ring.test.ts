import { explore, type Verdict } from "@ticketlock/explorer";
import { afterAll, describe, expect, test } from "vitest";
import { FifoRing } from "../src/fifo-ring.ts";
import {
  type Contender,
  type FifoModel,
  fifoModel,
  inLine,
  type RingModel,
  timed,
  trying,
} from "./fifo-programs.ts";

interface Scene {
  readonly name: string;
  readonly contenders: readonly Contender[];
  /** Entries of the ring: with fewer than there are contenders the line can be full. */
  readonly size: number;
  readonly model?: FifoModel;
}

function check(
  { contenders, size, model = {} }: Scene,
  change?: (ring: FifoRing, model: RingModel) => Partial<FifoRing>,
): Verdict {
  return explore(fifoModel(contenders, size, model, change));
}

const one = inLine(1);
const two = inLine(2);
const three = inLine(3);
/** A limit against a hang: millions of states take a while on a busy machine. */
const LIMIT_MS = 300_000;

const trios = { size: 4, contenders: [one, one, one] };

const proofs: readonly Scene[] = [
  { name: "2 contenders, 1 round", size: 2, contenders: [one, one] },
  { name: "2 contenders, 3 rounds, over several laps", size: 2, contenders: [three, three] },
  { name: "3 contenders, 1 round", ...trios },
  { name: "3 contenders, 1 round, line full at 2", ...trios, size: 2 },
  { name: "2 contenders and 1 timed", size: 4, contenders: [one, one, timed] },
  { name: "2 contenders and 1 timed, line full at 2", size: 2, contenders: [one, one, timed] },
  { name: "1 contender and 2 timed", size: 4, contenders: [one, timed, timed] },
  { name: "2 contenders and 1 that tries", size: 4, contenders: [one, one, trying] },
  { name: "1 contender, 1 timed and 1 that tries", size: 2, contenders: [one, timed, trying] },
  { name: "2 contenders, 2 deaths", size: 2, contenders: [one, one], model: { deaths: 2 } },
  {
    name: "2 contenders, 2 rounds, 1 death",
    size: 2,
    contenders: [two, two],
    model: { deaths: 1 },
  },
  {
    name: "2 contenders, 2 deaths, zombies",
    size: 2,
    contenders: [one, one],
    model: { deaths: 2, zombies: "stay-queued" },
  },
  {
    name: "1 contender, 1 that tries, 2 deaths",
    size: 2,
    contenders: [one, trying],
    model: { deaths: 2 },
  },
  { name: "3 contenders, 1 death", ...trios, model: { deaths: 1 } },
  {
    name: "2 contenders and 1 timed, 1 death",
    size: 4,
    contenders: [one, one, timed],
    model: { deaths: 1 },
  },
  {
    name: "3 contenders, 1 death, zombies",
    ...trios,
    model: { deaths: 1, zombies: "stay-queued" },
  },
  { name: "3 contenders, 2 deaths", ...trios, model: { deaths: 2, maxStates: 5_000_000 } },
];

const counts: string[] = [];
afterAll(() => console.log(counts.join("\n")));

describe("FifoRing keeps others out, strands nobody and is free in the end under every interleaving of", () => {
  test.for(proofs)("$name", { timeout: LIMIT_MS }, (scene) => {
    const { verdict, states, maxBypass, violation, trace } = check(scene);
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
    counts.push(
      `FifoRing, ${scene.name}: proved in ${states} states, overtaken at most ${maxBypass} times`,
    );
  });
});

test.for([2, 4])(
  "FifoRing's places are taken in the order of their numbers: %i of them",
  (size) => {
    const model = { asksForOrder: true, deaths: 1 };
    const { verdict, violation } = check({ name: "", size, contenders: [two, one], model });
    expect({ verdict, violation }).toEqual({ verdict: "proved" });
  },
);

interface Mistake extends Scene {
  readonly change: (ring: FifoRing, model: RingModel) => Partial<FifoRing>;
  readonly violation: string;
}

const { prototype } = FifoRing;

/** Entry words end with their state. */
const WAITING = 1;
const HOLDING = 2;
const STATE = 3;

const mistakes: readonly Mistake[] = [
  {
    name: "a leave that takes no notice of the lock that was handed to it",
    size: 2,
    contenders: [one, timed],
    change: (ring, { words }) => ({
      leave: (place) =>
        Atomics.load(words, place.at) === place.waiting && prototype.leave.call(ring, place),
    }),
    violation: "the lock is not free",
  },
  {
    name: "a recovery that hands the lock on and tells nobody",
    size: 2,
    contenders: [one, one],
    model: { deaths: 1 },
    change: (ring) => ({ recover: (dead) => silently(() => prototype.recover.call(ring, dead)) }),
    violation: "sleeps for ever",
  },
  {
    name: "a recovery that does not tell whom the dead had handed the lock to",
    size: 2,
    contenders: [one, one],
    model: { deaths: 1 },
    change: (ring) => ({
      recover: (dead) => {
        const { notify } = Atomics;
        ring.advance = () => {
          Atomics.notify = notify;
          prototype.advance.call(ring);
          Atomics.notify = () => 0;
        };
        prototype.recover.call(ring, dead);
        Atomics.notify = notify;
      },
    }),
    violation: "sleeps for ever",
  },
  {
    name: "a recovery that leaves the dead in line",
    size: 2,
    contenders: [one, one],
    model: { deaths: 1 },
    change: () => ({ recover: () => {} }),
    violation: "sleeps for ever",
  },
  {
    name: "a hand-over that is told before it is made",
    size: 2,
    contenders: [one, one],
    change: (ring, { words, layout }) => ({
      advance: () => {
        const head = Atomics.load(words, layout.headAt);
        const at = layout.entriesAt + (head % layout.size) * 16;
        if ((Atomics.load(words, at) & STATE) === WAITING) Atomics.notify(words, at);
        silently(() => prototype.advance.call(ring));
      },
    }),
    violation: "sleeps for ever",
  },
  {
    name: "a waiter that takes the lock out of turn",
    size: 4,
    contenders: [one, one],
    change: (ring, { words }) => ({
      enter: (owner) => {
        const place = prototype.enter.call(ring, owner);
        if (place !== undefined)
          Atomics.compareExchange(
            words,
            place.at,
            place.waiting,
            (place.waiting & ~STATE) | HOLDING,
          );
        return place;
      },
    }),
    violation: "the holder does not hold the lock",
  },
  {
    name: "a line in which whoever comes first when the lock is freed gets it",
    ...trios,
    change: barging,
    violation: "token 1 after 2",
  },
  {
    name: "a line in which one of two who come again is overtaken again and again",
    size: 4,
    contenders: [unnumbered(two), unnumbered(two)],
    change: barging,
    violation: "overtaken too often",
  },
];

/** Takes a place in the line, and then the lock without regard to it: the word behind the ring, 1 where it is held. */
function barging(ring: FifoRing, { words, behindAt }: RingModel): Partial<FifoRing> {
  return {
    holds: () => Atomics.compareExchange(words, behindAt, 0, 1) === 0,
    sleep: () => (Atomics.wait(words, behindAt, 1) === "timed-out" ? "timed-out" : "woken"),
    release: (owner) => {
      prototype.recover.call(ring, owner);
      Atomics.store(words, behindAt, 0);
      Atomics.notify(words, behindAt);
      return true;
    },
  };
}

/** Says nothing of its place when it enters. */
function unnumbered(contender: Contender): Contender {
  return (me, make, model) => {
    const program = contender(me, make, model);
    return (steps) => {
      const { enter } = steps;
      steps.enter = () => enter.call(steps);
      program(steps);
    };
  };
}

/** Runs shipped code with a notify that does nothing, so that whoever sleeps is not told. */
function silently<T>(section: () => T): T {
  const { notify } = Atomics;
  Atomics.notify = () => 0;
  const result = section();
  Atomics.notify = notify;
  return result;
}

describe("FifoRing would be broken by", () => {
  test.for(mistakes)("$name", ({ change, violation, ...scene }) => {
    const found = check(scene, change);
    expect(found.violation).toContain(violation);
    expect(found.trace?.steps.length).toBeGreaterThan(0);
  });

  test("barging, which shows by the places alone where each comes once", () => {
    const once = unnumbered(one);
    const { verdict } = check({ name: "", size: 4, contenders: [once, once, once] }, barging);
    expect(verdict).toBe("proved");
  });
});
