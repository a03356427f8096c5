import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explore, type Model, type Thread } from "../src/index.ts";
import { bruteForce, type Outcomes, TooMany } from "./brute-force.ts";
import { type Line, programOf, type SmallModel } from "./small-programs.ts";

const TRIALS = 10_000;
/** Steps in all interleavings of one model together. */
const MOST_STEPS = 100_000;

const operations = ["load", "store", "add", "exchange", "compareExchange"] as const;
const sleeping = ["wait", "timed wait", "wake"] as const;

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

/** Some lines, of which some are a section; its markers are never left out alone. */
function code(most: number): fc.Arbitrary<readonly Line[]> {
  const lines = fc.array(line, { minLength: 1, maxLength: most });
  const section = fc.option(fc.tuple(fc.nat(most), fc.nat(most)), { nil: undefined, freq: 2 });
  return fc.tuple(lines, section).map(([lines, section]) => {
    if (section === undefined) return lines;
    const [from, to] = section.map((at) => Math.min(at, lines.length)).sort((a, b) => a - b);
    return [...lines.slice(0, from), marker("enter"), ...lines.slice(from, to), marker("exit"), ...lines.slice(to)]; // prettier-ignore
  });
}

const model: fc.Arbitrary<SmallModel> = fc.record({
  codes: fc.oneof(fc.tuple(code(4), code(4)), fc.tuple(code(3), code(3), code(2))),
  recovery: fc.option(code(2), { nil: undefined, freq: 2 }),
});

function modelFor({ codes, recovery }: SmallModel): Model {
  const threads = codes.map((code, i): Thread => ({
    name: `thread ${i + 1}`,
    program: programOf(code),
    mortal: recovery !== undefined && i === 0,
  }));
  if (recovery === undefined) return { threads };
  const name = `thread ${codes.length + 1}`;
  const heir: Thread = { name, program: programOf(recovery), afterDeathOf: "thread 1" };
  return { threads: [...threads, heir], deaths: 1 };
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
    const tally = { proved: 0, asleep: 0, inside: 0, deaths: 0, tooLarge: 0 };
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
        if (small.recovery !== undefined) tally.deaths++;
        const model = modelFor(small);
        expectSame(model, outcomes);
        expectSame({ ...model, usesMarks: false }, outcomes);
      }),
      { numRuns: TRIALS, seed: 20_260_601 },
    );
    console.log(`of ${TRIALS} random programs: ${JSON.stringify(tally)}`);
    // None of the kinds of programs is rare, and hardly any was left out.
    for (const kind of ["proved", "asleep", "inside", "deaths"] as const)
      expect(tally[kind]).toBeGreaterThan(TRIALS / 20);
    expect(tally.tooLarge).toBeLessThan(TRIALS / 50);
  });
});
