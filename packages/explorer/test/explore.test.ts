import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  explore as exploreModel,
  type LoopSeam,
  type Model,
  type Program,
  type Thread,
  type Verdict,
} from "../src/index.ts";
import { sharedWords } from "./shared-words.ts";
import { flagLock, sections } from "./small-locks.ts";

/** What the explored code of a real lock would have. */
const exploration: LoopSeam = { loop() {} };
const explore = (model: Model): Verdict => exploreModel({ seam: exploration, ...model });

/** Stays as it is: the explorer keeps the memory. */
const words = sharedWords(8);

function threadsOf(...programs: readonly Program[]): Thread[] {
  return programs.map((program, i) => ({ name: `thread ${i + 1}`, program }));
}

/** Takes a lock whenever it finds it free. */
const barging: Program = (steps) => {
  steps.arrive();
  while (Atomics.compareExchange(words, 0, 0, 1) !== 0) exploration.loop("try");
  steps.enter();
  steps.exit();
  Atomics.store(words, 0, 0);
};

/** Waits for a word to change that nobody may ever change. */
const sleeper: Program = () => void Atomics.wait(words, 0, 0);

describe("explore", () => {
  test("tells the fewest steps that lead to a violation", () => {
    const threads = threadsOf(...Array(3).fill(flagLock(sections.plain, true)));
    const { violation, trace } = explore({ threads });
    expect(violation).toBe("mutual exclusion");
    expect(trace?.steps).toHaveLength(4);
  });

  test("finds who sleeps for ever", () => {
    expect(explore({ threads: threadsOf(sleeper) }).violation).toBe("thread 1 sleeps for ever");
  });

  test("finds a notification that comes before the sleep", () => {
    const waker: Program = () => void Atomics.notify(words, 0);
    const { violation, trace } = explore({ threads: threadsOf(sleeper, waker) });
    expect(violation).toBe("thread 1 sleeps for ever");
    expect(trace?.steps).toHaveLength(2);
  });

  test("proves a sleep that the change of the word prevents or ends", () => {
    const waker: Program = () => {
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    };
    expect(explore({ threads: threadsOf(sleeper, waker) }).verdict).toBe("proved");
  });

  test("lets a timed sleep end by itself, at any time", () => {
    const timed: Program = () => {
      const end = Atomics.wait(words, 0, 0, 5);
      Atomics.store(words, end === "ok" ? 1 : 2, 1);
    };
    const waker: Program = () => void Atomics.notify(words, 0);
    const { ends } = explore({ threads: threadsOf(timed, waker) });
    expect(ends).toEqual(["[1]=1", "[2]=1"]);
  });

  test("kills at every step, while deaths last, and then starts the recovery", () => {
    const victim: Program = () => {
      Atomics.add(words, 0, 1);
      Atomics.add(words, 0, 1);
    };
    const recovery: Program = () => void Atomics.store(words, 1, 1);
    const threads: Thread[] = [
      { name: "victim", program: victim, mortal: true },
      { name: "recovery", program: recovery, afterDeathOf: "victim" },
    ];
    const { ends } = explore({ threads, deaths: 1 });
    expect(ends).toEqual(["[0]=1 [1]=1 dead: victim", "[0]=2", "[1]=1 dead: victim"]);
  });

  test("lets a zombie swallow a notification", () => {
    const waker: Program = () => void Atomics.notify(words, 0, 1);
    const threads: Thread[] = [
      { name: "victim", program: () => void Atomics.wait(words, 0, 0, 1), mortal: true },
      { name: "waker", program: () => void Atomics.store(words, 1, Atomics.notify(words, 0, 1)) },
      { name: "late", program: waker, afterDeathOf: "victim" },
    ];
    const swallowed = "[1]=1 dead: victim";
    expect(explore({ threads, deaths: 1 }).ends).not.toContain(swallowed);
    expect(explore({ threads, deaths: 1, zombies: "stay-queued" }).ends).toContain(swallowed);
  });

  test("counts how often a thread is overtaken after its arrival", () => {
    const threads = threadsOf(barging, barging, barging);
    expect(explore({ threads, bypassLimit: 2 })).toMatchObject({ verdict: "proved", maxBypass: 2 });
    expect(explore({ threads, bypassLimit: 1 }).violation).toBe("overtaken too often");
  });

  test("lets a program sleep and wake by injected calls as by Atomics", () => {
    const injected: Program = (steps) => {
      const end = steps.wait(words, 0, 0, 5);
      steps.wait(words, 0, 7);
      Atomics.store(words, end === "ok" ? 1 : 2, 1);
    };
    const waker: Program = (steps) => void Atomics.store(words, 3, steps.wake(words, 0, 1));
    expect(explore({ threads: threadsOf(injected, waker) }).ends).toEqual(["[1]=1 [3]=1", "[2]=1"]);
  });

  test("wakes who has slept longest, or any, as it is told", () => {
    // The sleeper comes after the zombie: only out of turn is it woken by the first of two wake-ups.
    const zombie: Program = () => void Atomics.wait(words, 0, 0, 1);
    const sleeper: Program = () => {
      if (Atomics.wait(words, 0, 0, 1) === "ok")
        Atomics.store(words, 1, 1 + Atomics.load(words, 5));
    };
    const waker: Program = () => {
      const first = Atomics.notify(words, 0, 1);
      Atomics.store(words, 5, 1);
      Atomics.store(words, 3, 10 * first + Atomics.notify(words, 0));
    };
    const threads: Thread[] = [
      { name: "zombie", program: zombie, mortal: true },
      { name: "sleeper", program: sleeper, afterDeathOf: "zombie" },
      { name: "waker", program: waker, afterDeathOf: "zombie" },
    ];
    const model: Model = { threads, deaths: 1, zombies: "stay-queued" };
    const outOfTurn = "[1]=1 [3]=11 [5]=1 dead: zombie";
    expect(explore({ ...model, wakeOrder: "fifo" }).ends).not.toContain(outOfTurn);
    expect(explore({ ...model, wakeOrder: "any" }).ends).toContain(outOfTurn);
  });

  test("lets a sleeper wake by itself, which is nothing to count on", () => {
    const careless: Program = () => {
      Atomics.wait(words, 0, 0);
      if (Atomics.load(words, 0) === 0) throw new Error("woken for nothing");
    };
    const waker: Program = () => {
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    };
    const threads = threadsOf(careless, waker);
    expect(explore({ threads }).verdict).toBe("proved");
    expect(explore({ threads, spuriousWakeUps: true }).violation).toContain("woken for nothing");
    expect(explore({ threads: threadsOf(sleeper), spuriousWakeUps: true }).violation).toBe(
      "thread 1 sleeps for ever",
    );
  });

  test("finds a wait that only its time limit ends, if told that there is none", () => {
    const sliced: Program = () => {
      while (Atomics.load(words, 0) === 0) {
        exploration.loop("slice");
        Atomics.wait(words, 0, 0, 100);
      }
    };
    const silent: Program = () => void Atomics.store(words, 0, 1);
    const threads = threadsOf(sliced, silent);
    expect(explore({ threads }).verdict).toBe("proved");
    expect(explore({ threads, timeOuts: false }).violation).toBe("thread 1 sleeps for ever");
  });

  test("takes what a program throws for a violation", () => {
    const program: Program = () => {
      if (Atomics.add(words, 0, 1) === 1) throw new Error("second");
    };
    expect(explore({ threads: threadsOf(program, program) }).violation).toBe(
      "thrown: Error: second",
    );
  });

  test("says unknown where there are more states than it may visit", () => {
    const counter: Program = () => {
      for (;;) Atomics.add(words, 0, 1);
    };
    expect(explore({ threads: threadsOf(counter), maxStates: 100 })).toMatchObject({
      verdict: "unknown",
      covered: "the first 99 steps of every interleaving",
    });
  });

  test("proves a lock without loop marks, as long as its loops end", () => {
    const patient: Program = (steps) => {
      while (Atomics.compareExchange(words, 0, 0, 1) !== 0) Atomics.wait(words, 0, 1);
      steps.enter();
      steps.exit();
      Atomics.store(words, 0, 0);
      Atomics.notify(words, 0, 1);
    };
    const threads = threadsOf(patient, patient, patient);
    expect(exploreModel({ threads })).toMatchObject({ verdict: "proved" });
    // Who spins may spin any number of times.
    const spinning = { threads: threadsOf(barging, barging), maxStates: 1_000 };
    expect(exploreModel(spinning).verdict).toBe("unknown");
    expect(explore(spinning).verdict).toBe("proved");
  });

  test("counts states, steps between them, ends, and the steps to the farthest state", () => {
    const adder: Program = () => void Atomics.add(words, 0, 1);
    expect(explore({ threads: threadsOf(adder, adder) })).toEqual({
      verdict: "proved",
      covered: "every interleaving",
      states: 4,
      transitions: 4,
      terminalStates: 1,
      depth: 2,
      maxBypass: 0,
      ends: ["[0]=2"],
    });
  });

  test("refuses marks that stand for two places", () => {
    const program: Program = (steps) => {
      const seen = Atomics.load(words, 0);
      steps.mark("forgets what was seen");
      Atomics.store(words, 1, seen);
    };
    const other: Program = () => void Atomics.store(words, 0, 1);
    expect(() => explore({ threads: threadsOf(program, other) })).toThrow("stand for two places");
  });

  test("refuses marks that leave a value out which they have forgotten long before", () => {
    const reader: Program = (steps) => {
      const seen = Atomics.load(words, 0);
      steps.mark("first");
      Atomics.load(words, 1);
      steps.mark("second");
      Atomics.load(words, 1);
      if (seen === 3) throw new Error("three");
    };
    const writer: Program = () => {
      for (const value of [1, 2, 3]) Atomics.store(words, 0, value);
    };
    const threads = threadsOf(reader, writer);
    expect(explore({ threads, usesMarks: false }).violation).toBe("thrown: Error: three");
    expect(() => explore({ threads })).toThrow("stand for two places");
  });

  test("refuses marks below a loop that leave a value out", () => {
    const reader: Program = (steps) => {
      const seen = Atomics.load(words, 0);
      for (let lap = 0; lap < 2; lap++) {
        exploration.loop("lap", lap);
        Atomics.load(words, 1);
      }
      steps.mark("behind");
      Atomics.load(words, 1);
      if (seen === 3) throw new Error("three");
    };
    const writer: Program = () => {
      for (const value of [1, 2, 3]) Atomics.store(words, 0, value);
    };
    expect(() => explore({ threads: threadsOf(reader, writer) })).toThrow("stand for two places");
  });

  test("refuses a loop that is run twice in a row, as if it were a second lap, even where both begin alike", () => {
    const raise = (at: number): void => {
      for (;;) {
        exploration.loop("raise");
        const seen = Atomics.load(words, 0);
        if (Atomics.compareExchange(words, 0, seen, seen + 1) === seen) break;
      }
      Atomics.store(words, at, 1);
    };
    const twice =
      (marks: boolean): Program =>
      (steps) => {
        raise(1);
        if (marks) steps.mark("between");
        raise(2);
      };
    const refused = (): Verdict => explore({ threads: threadsOf(twice(false)) });
    expect(refused).toThrow("stand for two places");
    expect(explore({ threads: threadsOf(twice(true)) }).ends).toEqual(["[0]=2 [1]=1 [2]=1"]);
  });

  test("keeps the log before an inner mark, so that rounds do not pass for one another", () => {
    const rounds: Program = (steps) => {
      for (let round = 0; round < 2; round++) {
        steps.mark("round", round);
        // Only the log before the inner mark tells what to store.
        const seen = Atomics.add(words, 0, 1);
        exploration.loop("retry");
        Atomics.store(words, 1, seen);
      }
    };
    const { verdict, ends } = explore({ threads: threadsOf(rounds, rounds) });
    expect(verdict).toBe("proved");
    expect(ends).toEqual(["[0]=4 [1]=1", "[0]=4 [1]=2", "[0]=4 [1]=3"]);
  });

  test("keeps an outer loop's mark below an inner one's", () => {
    const rounds: Program = () => {
      for (let round = 0; round < 2; round++) {
        exploration.loop("round", round);
        const seen = Atomics.add(words, 0, 1);
        for (let isSame = false; !isSame;) {
          exploration.loop("retry", seen);
          const before = Atomics.load(words, 1);
          isSame = Atomics.compareExchange(words, 1, before, before + seen) === before;
        }
      }
    };
    const { verdict, ends } = explore({ threads: threadsOf(rounds, rounds) });
    expect({ verdict, ends }).toEqual({ verdict: "proved", ends: ["[0]=4 [1]=6"] });
  });

  test("leaves Atomics and the hook as they were", () => {
    const { Atomics: before } = globalThis;
    const { loop } = exploration;
    explore({ threads: threadsOf(barging, barging) });
    expect(globalThis.Atomics).toBe(before);
    expect(exploration.loop).toBe(loop);
  });
});

/** One line of a random program. */
type Line =
  | {
      readonly what: "add" | "store" | "raise" | "copy";
      readonly at: number;
      readonly value: number;
    }
  | { readonly what: "wait" | "wake"; readonly at: number; readonly value: number };

function execute({ what, at, value }: Line): void {
  if (what === "add") Atomics.add(words, at, value);
  else if (what === "store") Atomics.store(words, at, value);
  else if (what === "wake") Atomics.notify(words, at, 1);
  else if (what === "wait") Atomics.wait(words, at, value, 1);
  else if (what === "copy") Atomics.store(words, 1 - at, Atomics.load(words, at));
  else {
    for (;;) {
      exploration.loop("raise");
      const seen = Atomics.load(words, at);
      if (Atomics.compareExchange(words, at, seen, (seen + value) & 3) === seen) return;
    }
  }
}

function programOf(lines: readonly Line[]): Program {
  return (steps) => {
    for (const [i, line] of lines.entries()) {
      steps.mark("line", i);
      execute(line);
    }
  };
}

describe("explore with marks", () => {
  const line: fc.Arbitrary<Line> = fc.record({
    what: fc.constantFrom("add", "store", "raise", "copy", "wait", "wake"),
    at: fc.integer({ min: 0, max: 1 }),
    value: fc.integer({ min: 0, max: 2 }),
  });
  const programs = fc.array(fc.array(line, { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 3,
  });

  test("comes to the same ends as without, in random small programs", () => {
    let fewer = 0;
    fc.assert(
      fc.property(programs, fc.integer({ min: 0, max: 1 }), (lines, deaths) => {
        const threads = threadsOf(...lines.map(programOf)).map((one) => ({ ...one, mortal: true }));
        const marked = explore({ threads, deaths });
        const unmarked = explore({ threads, deaths, usesMarks: false, maxStates: 200_000 });
        fc.pre(unmarked.verdict !== "unknown");
        if (marked.states < unmarked.states) fewer++;
        expect(marked.verdict).toBe(unmarked.verdict);
        expect(marked.ends).toEqual(unmarked.ends);
      }),
      { numRuns: 100, seed: 20_260_101 },
    );
    expect(fewer).toBeGreaterThan(25);
  });
});
