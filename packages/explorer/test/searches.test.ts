import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { explore, type Model, type Program, replayTrace, type Thread } from "../src/index.ts";
import { sharedWords } from "./shared-words.ts";
import { contenders, flagLock, modelOf, sections, seam } from "./small-locks.ts";

/** Stays as it is: the explorer keeps the memory. */
const words = sharedWords(4);

function threadsOf(...programs: readonly Program[]): Thread[] {
  return programs.map((program, i) => ({ name: `thread ${i + 1}`, program }));
}

const broken = modelOf(contenders(3, flagLock(sections.plain, true)));
const cured = modelOf(contenders(3, flagLock(sections.plain, false)));

/** Goes wrong only where one thread looks after each of two stores of the other's: two preemptions, three orderings. */
const needsTwo: Model = {
  threads: threadsOf(
    () => {
      const [first, second] = [Atomics.load(words, 0), Atomics.load(words, 0)];
      if (first === 1 && second === 2) throw new Error("seen");
    },
    () => {
      Atomics.store(words, 0, 1);
      Atomics.store(words, 0, 2);
    },
  ),
};

describe("a search with bounded preemptions", () => {
  test("finds what needs no more than its bound, and says what it has covered", () => {
    expect(explore(needsTwo, { preemptions: 1 })).toMatchObject({
      verdict: "unknown",
      covered: "every interleaving with at most 1 preemption",
    });
    expect(explore(needsTwo, { preemptions: 2 }).violation).toBe("thrown: Error: seen");
  });

  test("visits no more states with fewer preemptions, and all with many", () => {
    const states = [0, 1, 2, 9].map((preemptions) => explore(cured, { preemptions }).states);
    expect(states).toEqual([...states].sort((a, b) => a - b));
    expect(new Set(states).size).toBe(4);
    expect(explore(cured, { preemptions: 9 }).ends).toEqual(explore(cured).ends);
  });

  test("tells a way with the fewest preemptions, which can be replayed", () => {
    const { trace, violation } = explore(broken, { preemptions: 3 });
    const order = trace!.steps.map(({ thread }) => thread);
    const switches = order.filter((thread, i) => i > 0 && thread !== order[i - 1]);
    expect(switches).toHaveLength(2);
    expect(replayTrace(broken, trace!)).toBe(violation);
  });

  test("counts no switch from one that sleeps, has ended or dies", () => {
    const model: Model = {
      threads: [
        ...threadsOf(
          () => {
            Atomics.wait(words, 0, 0);
            Atomics.store(words, 1, 1);
            Atomics.notify(words, 1);
          },
          () => {
            Atomics.store(words, 0, 1);
            Atomics.notify(words, 0);
            Atomics.wait(words, 1, 0);
          },
        ),
        { name: "mortal", program: () => void Atomics.wait(words, 3, 0, 1), mortal: true },
        { name: "heir", program: () => void Atomics.store(words, 2, 1), afterDeathOf: "mortal" },
      ],
      deaths: 1,
      whenOver: () => (Atomics.load(words, 2) === 1 ? "inherited" : undefined),
    };
    expect(explore(model, { preemptions: 0 }).violation).toBe("inherited");
  });

  test("says what it has covered where there are more states than it may visit", () => {
    expect(explore({ ...cured, maxStates: 1 }, { preemptions: 2 }).covered).toBe(
      "a part of what needs no preemption",
    );
    const { states } = explore(cured, { preemptions: 1 });
    expect(explore({ ...cured, maxStates: states }, { preemptions: 2 }).covered).toBe(
      "every interleaving with at most 0 preemptions",
    );
  });
});

describe("a search for which there is no memory", () => {
  const { Uint32Array: real } = globalThis;
  beforeEach(() => {
    class Small extends real {
      constructor(length: number) {
        if (length > 2 ** 13) throw new RangeError("Array buffer allocation failed");
        super(length);
      }
    }
    vi.stubGlobal("Uint32Array", Small);
  });
  afterEach(() => void vi.unstubAllGlobals());

  const counter: Program = () => {
    for (;;) Atomics.add(words, 0, 1);
  };
  const endless: Model = { threads: threadsOf(counter, counter) };

  test.for([undefined, { preemptions: 1 }, { runs: 100, depth: 2 }])(
    "says what it has covered: %o",
    (search) => {
      const { verdict, covered } = explore(endless, search);
      expect(verdict).toBe("unknown");
      expect(covered).toMatch(/; there was no memory for more$/);
    },
  );
});

describe("runs by random priorities", () => {
  test("are the same for the same seed, and others for another", () => {
    const [one, same, other] = [1, 1, 2].map((seed) =>
      explore(cured, { runs: 20, depth: 3, seed }),
    );
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test("find a violation at least as often as the paper promises", () => {
    // Two threads and their times can go on; a run has four steps.
    const promised = 1 / (4 * 4 ** 2);
    const seeds = Array.from({ length: 200 }, (_, i) => i);
    const found = seeds.map((seed) => explore(needsTwo, { runs: 1_000, depth: 3, seed }));
    const runs = found.map(({ covered }) => Number.parseInt(covered, 10));
    const rate = seeds.length / runs.reduce((sum, one) => sum + one, 0);
    expect(new Set(found.map(({ verdict }) => verdict))).toEqual(new Set(["violation"]));
    expect(rate).toBeGreaterThan(promised);
    for (const { trace, violation } of found.slice(0, 10))
      expect(replayTrace(needsTwo, trace!)).toBe(violation);
  });

  test("say with which probability they would have found a violation", () => {
    const one: Program = () => void Atomics.add(words, 0, 1);
    const model: Model = { threads: threadsOf(one, one), timeOuts: false };
    expect(explore(model, { runs: 10, depth: 2 })).toMatchObject({
      verdict: "unknown",
      covered:
        "10 runs by random priorities: a violation of depth 2 in 2 steps is found in a run with a probability of at least 0.25, and missed in all with at most 0.075",
    });
  });

  test("get past a thread that spins, and say so", () => {
    const { verdict, covered, ends } = explore(cured, { runs: 200, depth: 2 });
    expect(verdict).toBe("unknown");
    expect(covered).toMatch(/^200 runs .* of depth 2, with no probability to tell: \d+ runs spun$/);
    expect(ends).toEqual(explore(cured).ends);
  });

  test("tell no probability where it is left open whom a wake-up reaches", () => {
    const one: Program = () => void Atomics.notify(words, 0, 1);
    const model: Model = { threads: threadsOf(one, one), wakeOrder: "any" };
    expect(explore(model, { runs: 10, depth: 2 }).covered).toBe(
      "10 runs by random priorities of depth 2, with no probability to tell: any sleeper may be woken",
    );
  });

  /** Goes wrong where so many have died, as the first of all. */
  const afterDeaths = (wrong: number): Model => {
    const victim: Program = () => void Atomics.load(words, 3);
    const victims = ["first", "second"].flatMap((name): Thread[] => [
      { name, program: victim, mortal: true },
      {
        name: `heir of ${name}`,
        program: () => void Atomics.add(words, 0, 1),
        afterDeathOf: name,
      },
    ]);
    return {
      threads: victims,
      deaths: 2,
      timeOuts: false,
      whenOver: () => (Atomics.load(words, 0) === wrong ? "so many" : undefined),
    };
  };

  test.for([0, 1, 2])(
    "find what takes %i of two deaths, at least as often as they say",
    (wrong) => {
      const seeds = Array.from({ length: 100 }, (_, i) => i);
      const found = seeds.map((seed) =>
        explore(afterDeaths(wrong), { runs: 2_000, depth: 1, seed }),
      );
      expect(new Set(found.map(({ verdict }) => verdict))).toEqual(new Set(["violation"]));
      const runs = found.map(({ covered }) => Number.parseInt(covered, 10));
      const rate = seeds.length / runs.reduce((sum, one) => sum + one, 0);
      // Four threads; three numbers of deaths; two mortals in four steps at most.
      expect(rate).toBeGreaterThan(1 / (4 * 3 * (2 * 4) ** 2));
    },
  );

  test("count deaths in the probability that they tell", () => {
    const { covered } = explore(afterDeaths(3), { runs: 500, depth: 1 });
    // Two deaths and two heirs: four steps.
    expect(covered).toContain(
      `in 4 steps is found in a run with a probability of at least 0.0013,`,
    );
  });

  test("are given up where they have no end", () => {
    const counter: Program = () => {
      for (let i = 0; ; i++) {
        seam.loop("count", i);
        Atomics.add(words, 0, 1);
      }
    };
    const model: Model = { seam, threads: threadsOf(counter) };
    expect(explore(model, { runs: 1, depth: 1 }).covered).toContain("runs were given up");
  });

  test("find deaths, ends of times and wake-ups by chance", () => {
    const victim: Program = () => {
      const end = Atomics.wait(words, 0, 0, 1);
      Atomics.store(words, 1, end === "ok" ? 1 : 2);
    };
    const threads: Thread[] = [
      { name: "victim", program: victim, mortal: true },
      { name: "heir", program: () => void Atomics.store(words, 2, 1), afterDeathOf: "victim" },
    ];
    const model: Model = { threads, deaths: 1, spuriousWakeUps: true };
    expect(explore(model, { runs: 300, depth: 3 }).ends).toEqual(explore(model).ends);
  });
});
