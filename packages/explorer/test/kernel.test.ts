import { describe, expect, test } from "vitest";
import { explorerFor, type LoopSeam, type Model, type Program, type Steps } from "../src/index.ts";

/**
 * A sketch of a robust lock word, whose holder's death the operating system answers: the word of
 * `words` is the holder's id and WAITERS; each thread has a word of its own that says it is in the
 * middle of something. Shows that the explorer can tell which of its precautions matter.
 */
const seam: LoopSeam = { loop() {} };
const explore = explorerFor(seam);

const words = new Int32Array(1);
const pending = new Int32Array(4);
const PENDING_AT = 1;
const bases = new Map([
  [words, 0],
  [pending, PENDING_AT],
]);

const WAITERS = 1 << 16;
const HOLDER = WAITERS - 1;
const DIED = 1 << 17;

interface Precautions {
  /** Tells the system of the whole slow acquire. */
  readonly tellsOfWait: boolean;
  /** A contended release leaves WAITERS set. */
  readonly keepsWaiters: boolean;
}

function contender(me: number, { tellsOfWait, keepsWaiters }: Precautions): Program {
  const acquireSlowly = (steps: Steps): void => {
    if (tellsOfWait) Atomics.store(pending, me, 1);
    for (let slept = false; ; slept = true) {
      let seen: number;
      for (;;) {
        seam.loop("look", slept);
        seen = Atomics.load(words, 0);
        if ((seen & HOLDER) === 0) {
          const waiters = slept || (seen & WAITERS) !== 0 ? WAITERS : 0;
          if (Atomics.compareExchange(words, 0, seen, me | waiters) !== seen) continue;
          if (tellsOfWait) Atomics.store(pending, me, 0);
          return;
        }
        const marked = seen | WAITERS;
        if (seen === marked || Atomics.compareExchange(words, 0, seen, marked) === seen) break;
      }
      steps.wait(0, seen | WAITERS);
    }
  };
  return (steps) => {
    if (Atomics.compareExchange(words, 0, 0, me) !== 0) acquireSlowly(steps);
    steps.mark("section");
    steps.enter();
    steps.exit();
    if (Atomics.compareExchange(words, 0, me, 0) === me) return;
    Atomics.store(pending, me, 1);
    Atomics.store(words, 0, keepsWaiters ? WAITERS : 0);
    steps.wake(0, 1);
    Atomics.store(pending, me, 0);
  };
}

/** What the system does for a thread that is gone. */
function kernel(dead: number): Program {
  return (steps) => {
    for (;;) {
      seam.loop("kernel");
      const seen = Atomics.load(words, 0);
      if (Atomics.load(pending, dead) !== 0 && (seen & HOLDER) === 0) return void steps.wake(0, 1);
      if ((seen & HOLDER) !== dead) return;
      const next = (seen & WAITERS) | DIED;
      if (Atomics.compareExchange(words, 0, seen, next) !== seen) continue;
      if ((seen & WAITERS) !== 0) steps.wake(0, 1);
      return;
    }
  };
}

function model(precautions: Precautions, change: Partial<Model> = {}): Model {
  const contenders = [1, 2, 3].map((me) => ({
    name: `contender ${me}`,
    program: contender(me, precautions),
    mortal: true,
  }));
  const kernels = contenders.map(({ name }, i) => ({
    name: `kernel for ${name}`,
    program: kernel(i + 1),
    afterDeathOf: name,
  }));
  return { threads: [...contenders, ...kernels], bases, deaths: 1, ...change };
}

const careful: Precautions = { tellsOfWait: true, keepsWaiters: true };

describe("a robust word with the operating system's answer to a death", () => {
  test.for([
    { name: "1 death", change: {} },
    { name: "2 deaths", change: { deaths: 2 } },
    { name: "1 death, any sleeper is woken", change: { wakeOrder: "any" } as const },
    { name: "1 death, spurious wake-ups", change: { spuriousWakeUps: true } },
  ])("is proved for 3 contenders, $name", ({ change }) => {
    const { verdict, violation, trace } = explore(model(careful, change));
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
  });

  test.for([
    { name: "tells nobody that it waits", precautions: { ...careful, tellsOfWait: false } },
    { name: "forgets that others wait", precautions: { ...careful, keepsWaiters: false } },
  ])("is refuted where a contender $name", ({ precautions }) => {
    expect(explore(model(precautions)).violation).toContain("sleeps for ever");
  });
});
