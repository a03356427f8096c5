import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explore, type Model, type Thread } from "../src/index.ts";
import { bruteForce, type Outcomes, TooMany } from "./brute-force.ts";
import { seam } from "./small-locks.ts";
import {
  type Line,
  type Marks,
  programOf,
  type Recovery,
  type SmallModel,
} from "./small-programs.ts";

const TRIALS = 10_000;
/** Steps in all interleavings of one model together. */
const MOST_STEPS = 10_000;

const operations = [
  ...(["load", "store", "exchange", "compareExchange"] as const),
  ...(["add", "sub", "and", "or", "xor"] as const),
];
const sleeping = ["wait", "timed wait", "poll", "wake"] as const;

/** Waits among words that often match: else nobody would ever sleep. */
const line: fc.Arbitrary<Line> = fc.record({
  what: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...operations) },
    { weight: 2, arbitrary: fc.constantFrom(...sleeping) },
  ),
  at: fc.integer({ min: 0, max: 1 }),
  value: fc.integer({ min: 0, max: 2 }),
  expected: fc.integer({ min: 0, max: 1 }),
  skipIf: fc.constantFrom<number | string>(0, 1, 2, "ok", "not-equal", "timed-out"),
});

const marker = (what: "enter" | "exit"): Line => ({
  what,
  at: 0,
  value: 0,
  expected: 0,
  skipIf: "never",
});

/** Some lines, of which some are a section, and some may be run twice. The first of two markers is never left out alone. */
function code(most: number): fc.Arbitrary<readonly Line[]> {
  const lines = fc.array(line, { minLength: 1, maxLength: most });
  const section = fc.option(fc.tuple(fc.nat(most), fc.nat(most)), { nil: undefined, freq: 2 });
  const back = fc.option(fc.tuple(fc.nat(most), fc.integer({ min: 1, max: most })), {
    nil: undefined,
    freq: 2,
  });
  return fc.tuple(lines, section, back).map(([lines, section, back]) => {
    const all = [...lines];
    if (section !== undefined) {
      const [from, to] = section.map((at) => Math.min(at, lines.length)).sort((a, b) => a - b);
      all.splice(to!, 0, marker("exit"));
      all.splice(from!, 0, marker("enter"));
    }
    if (back !== undefined) {
      const [before, by] = back;
      const again: Line = { what: "again", at: by, value: 1, expected: 0, skipIf: "never" };
      all.splice(Math.max(1, all.length - before), 0, again);
    }
    return all;
  });
}

const recovery: fc.Arbitrary<Recovery> = fc.record({ of: fc.nat(1), code: code(2) });

const model: fc.Arbitrary<SmallModel> = fc
  .record({
    codes: fc.oneof(fc.tuple(code(3), code(3)), fc.tuple(code(2), code(2), code(1))),
    recoveries: fc.oneof(fc.constant([]), fc.array(recovery, { minLength: 1, maxLength: 2 })),
    deaths: fc.integer({ min: 1, max: 2 }),
    zombies: fc.constantFrom(undefined, "stay-queued", "run-on"),
    wakesAny: fc.boolean(),
    wakesByChance: fc.boolean(),
    timesOut: fc.boolean(),
  })
  .map(({ zombies, ...rest }) => (zombies === undefined ? rest : { ...rest, zombies }));

function modelFor(small: SmallModel, marks: Marks): Model {
  const { codes, recoveries, deaths, zombies } = small;
  const threads = codes.map((code, i): Thread => ({
    name: `thread ${i + 1}`,
    program: programOf(code, marks),
    mortal: recoveries.some(({ of }) => of === i),
  }));
  const heirs = recoveries.map(({ of, code }, i): Thread => ({
    name: `thread ${codes.length + i + 1}`,
    program: programOf(code, marks),
    afterDeathOf: `thread ${of + 1}`,
  }));
  return {
    threads: [...threads, ...heirs],
    seam,
    deaths: recoveries.length === 0 ? 0 : deaths,
    wakeOrder: small.wakesAny ? "any" : "fifo",
    spuriousWakeUps: small.wakesByChance,
    timeOuts: small.timesOut,
    ...(zombies === undefined ? {} : { zombies }),
  };
}

/** What a search must find, by what brute force has. */
function expectSame(model: Model, { ends, wrong, wrongAfter }: Outcomes): void {
  const found = explore(model);
  if (wrong.size === 0) {
    expect(found).toMatchObject({ verdict: "proved", ends: [...ends].sort() });
    return;
  }
  expect(found.verdict).toBe("violation");
  expect([...wrong]).toContain(found.violation);
  expect(found.trace!.steps).toHaveLength(wrongAfter);
}

describe("explore", () => {
  test(`finds what brute force finds, in ${TRIALS} random small programs`, () => {
    const tally = { proved: 0, asleep: 0, inside: 0, deaths: 0, loops: 0, tooLarge: 0 };
    fc.assert(
      fc.property(model, (small) => {
        let outcomes: Outcomes;
        try {
          outcomes = bruteForce(small, MOST_STEPS);
        } catch (error) {
          if (!(error instanceof TooMany)) throw error;
          tally.tooLarge++;
          return;
        }
        if (outcomes.wrong.size === 0) tally.proved++;
        else if (outcomes.wrong.has("mutual exclusion")) tally.inside++;
        else tally.asleep++;
        if (small.recoveries.length > 0) tally.deaths++;
        if (small.codes.flat().some(({ what }) => what === "again")) tally.loops++;
        expectSame(modelFor(small, "lines"), outcomes);
        expectSame(modelFor(small, "loops"), outcomes);
        expectSame({ ...modelFor(small, "lines"), usesMarks: false }, outcomes);
      }),
      { numRuns: TRIALS, seed: 20_260_601 },
    );
    console.log(`of ${TRIALS} random programs: ${JSON.stringify(tally)}`);
    // None of the kinds of programs is rare, and hardly any was left out.
    for (const kind of ["proved", "asleep", "inside", "deaths", "loops"] as const)
      expect(tally[kind]).toBeGreaterThan(TRIALS / 20);
    expect(tally.tooLarge).toBeLessThan(TRIALS / 10);
  }, 400_000);
});
