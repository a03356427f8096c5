import { expect, test } from "vitest";
import { isPacedByLock } from "../src/compare/is-paced-by-lock.ts";
import { STEADY } from "../src/plan/cell.ts";
import { scenarios } from "../src/plan/scenarios.ts";

test("isPacedByLock tells scenarios in which locks differ by their speed from the others", () => {
  const names = [STEADY, ...scenarios.map(({ name }) => name), "of a later version"];
  expect(names.filter((scenario) => !isPacedByLock({ scenario }))).toEqual([
    "line-up",
    "open-50",
    "open-70",
    "open-90",
    "burst",
    "crash",
    "of a later version",
  ]);
});
