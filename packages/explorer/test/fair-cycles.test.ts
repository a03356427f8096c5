import { describe, expect, test } from "vitest";
import {
  explore,
  formatTrace,
  type Model,
  type Program,
  replayTrace,
  type Trace,
} from "../src/index.ts";
import { sharedWords } from "./shared-words.ts";
import { contenders, flagLock, modelOf, sections, seam, threeStateLock } from "./small-locks.ts";

/** Stays as it is: the explorer keeps the memory. */
const words = sharedWords(4);

/** Takes its flag back whenever it sees the other's: two who do so in step never get on. */
const polite =
  (me: number, insists: boolean): Program =>
  (steps) => {
    for (;;) {
      seam.loop("ask");
      Atomics.store(words, me, 1);
      if (Atomics.load(words, 1 - me) === 0) break;
      if (insists) {
        while (Atomics.load(words, 1 - me) !== 0) seam.loop("insist");
        break;
      }
      Atomics.store(words, me, 0);
      while (Atomics.load(words, 1 - me) !== 0) seam.loop("stand back");
    }
    steps.mark("section");
    steps.enter();
    steps.exit();
    Atomics.store(words, me, 0);
  };

/** @param insisting - who of them does not stand back */
const politely = (insisting?: number): Model => ({
  seam,
  threads: [0, 1].map((me) => ({ name: `thread ${me}`, program: polite(me, me === insisting) })),
  names: { first: [words, 0], second: [words, 1] },
});

describe("fair cycles", () => {
  test("are found where all go on and nobody gets on", () => {
    const model = politely();
    expect(explore({ ...model, fairCycles: false }).verdict).toBe("proved");
    const found = explore(model);
    expect(found.violation).toBe("nobody gets on; these go round for ever: thread 0, thread 1");
    const trace = JSON.parse(JSON.stringify(found.trace)) as Trace;
    expect(replayTrace(model, trace)).toBe(found.violation);
    expect(replayTrace(model, { ...trace, cycleFrom: 1 })).toBeUndefined();
    const around = trace.steps.slice(trace.cycleFrom).map(({ thread }) => thread);
    expect(new Set(around)).toEqual(new Set(["thread 0", "thread 1"]));
    expect(formatTrace(trace)).toContain(`and so on from step ${trace.cycleFrom! + 1}, for ever`);
  });

  test("are none, where a trace is replayed, if somebody who could go on is left behind, or gets on", () => {
    const step = (thread: string, operation: string, result: number): Trace["steps"][number] => ({
      ...{ thread, event: "steps", operation, result, inside: [], asleep: [] },
    });
    const spinner: Program = () => {
      while (Atomics.load(words, 0) === 0) seam.loop("spin");
    };
    const other: Program = () => void Atomics.store(words, 0, 1);
    const threads = [
      { name: "spinner", program: spinner },
      { name: "other", program: other },
    ];
    const load = step("spinner", "load([0])", 0);
    const around: Trace = { violation: "", steps: [load, load], cycleFrom: 1 };
    expect(replayTrace({ seam, threads }, around)).toBeUndefined();
    expect(replayTrace({ seam, threads: threads.slice(0, 1) }, around)).toMatch(
      /for ever: spinner/,
    );
    const enters: Program = (steps) => {
      for (;;) {
        steps.mark("round");
        Atomics.load(words, 0);
        steps.enter();
        steps.exit();
      }
    };
    const entering: Trace = { ...around, steps: [load, load, load] };
    const model: Model = { threads: [{ name: "spinner", program: enters }] };
    expect(replayTrace(model, entering)).toBeUndefined();
  });

  test("are not there where one of them insists", () => {
    expect(explore(politely(0)).verdict).toBe("proved");
  });

  test("are none where one spins for another, who goes on in the end", () => {
    const spins = modelOf(contenders(3, flagLock(sections.plain, false)));
    expect(explore(spins).verdict).toBe("proved");
    const sleeps = modelOf(contenders(3, threeStateLock(false)));
    expect(explore(sleeps).verdict).toBe("proved");
  });

  test("are found where one spins for what nobody does", () => {
    const spinner: Program = () => {
      while (Atomics.load(words, 0) === 0) seam.loop("spin");
    };
    const other: Program = () => void Atomics.store(words, 1, 1);
    const model: Model = {
      seam,
      threads: [
        { name: "spinner", program: spinner },
        { name: "other", program: other },
      ],
    };
    expect(explore(model).violation).toBe("nobody gets on; these go round for ever: spinner");
  });

  test("are found where slices of a wait end again and again, and nothing else ends it", () => {
    const sliced: Program = () => {
      while (Atomics.load(words, 0) === 0) {
        seam.loop("slice");
        Atomics.wait(words, 0, 0, 100);
      }
    };
    const model: Model = { seam, threads: [{ name: "sliced", program: sliced }] };
    expect(explore(model).violation).toContain("sliced");
  });

  test("are found where a lock is not given back", () => {
    const keeps: Program = (steps) => {
      while (Atomics.compareExchange(words, 0, 0, 1) !== 0) seam.loop("spin");
      steps.enter();
      steps.exit();
    };
    const model: Model = { seam, threads: contenders(2, keeps) };
    expect(explore(model).violation).toMatch(/nobody gets on; .*: contender \d$/);
    // Without the question nothing is wrong; but nobody has seen an end.
    expect(explore({ ...model, fairCycles: false })).toMatchObject({
      verdict: "unknown",
      covered: "every interleaving, but none ends, and what is asked at the end was not asked",
      terminalStates: 0,
    });
  });

  test("are none where somebody enters in each round", () => {
    const endless: Program = (steps) => {
      for (;;) {
        steps.mark("round");
        while (Atomics.compareExchange(words, 0, 0, 1) !== 0) seam.loop("spin");
        steps.enter();
        steps.exit();
        Atomics.store(words, 0, 0);
      }
    };
    // And no end, so nothing is proved.
    expect(explore({ seam, threads: contenders(2, endless) })).toMatchObject({
      verdict: "unknown",
      terminalStates: 0,
    });
  });

  test("are asked for in an exhaustive search only", () => {
    expect(() => explore({ ...politely(), fairCycles: true }, { preemptions: 1 })).toThrow(
      "only an exhaustive search",
    );
  });
});
