import { explore } from "@ticketlock/explorer";
import { describe, expect, test } from "vitest";
import {
  blocking,
  calledOff,
  client,
  type Contender,
  deaf,
  helper,
  repairing,
  type RobustModel,
  robustModel,
  timed,
  wokenTooLate,
} from "./robust-programs.ts";

const one = blocking(1);
const helpedBy = helper();
const timeOuts = false;

/** Each program that the proofs have, in a model that is small enough to be explored without marks. */
const models: readonly (readonly [string, readonly Contender[], RobustModel?])[] = [
  ["2 and 1 rounds", [blocking(2), one]],
  ["1 death", [one, one], { deaths: 1 }],
  ["2 deaths", [one, one], { deaths: 2 }],
  ["one repairs, 1 death", [one, repairing], { deaths: 1 }],
  ["a time limit, 1 death", [one, timed], { deaths: 1 }],
  ["woken too late, 1 death", [one, wokenTooLate], { deaths: 1 }],
  ["a helper", [one, client], { helpedBy, timeOuts }],
  [
    "a helper whose client is called off, 1 death",
    [one, calledOff],
    { helpedBy, timeOuts, deaths: 1 },
  ],
  ["a helper whose client never answers", [one, deaf], { helpedBy, timeOuts }],
];

describe("the loop marks hide no end of RobustWord:", () => {
  test.for(models)("%s", { timeout: 300_000 }, ([, contenders, options]) => {
    const model = robustModel(contenders, { ...options, maxStates: 3_000_000 });
    const marked = explore(model);
    const unmarked = explore({ ...model, usesMarks: false });
    expect(unmarked.verdict).toBe("proved");
    expect(marked.ends).toEqual(unmarked.ends);
    expect(marked.states).toBeLessThanOrEqual(unmarked.states);
  });
});
