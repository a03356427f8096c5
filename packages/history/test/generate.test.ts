import { describe, expect, test } from "vitest";
import { generateHistory, mutationNames } from "../src/generate/index.ts";
import { checkHistory, modelNames, type ModelName, readHistory, writeHistory } from "../src/index.ts"; // prettier-ignore

const SEEDS = 60;
const mutations = modelNames.flatMap((model) => mutationNames(model).map((name) => [model, name] as const)); // prettier-ignore

describe("generateHistory", () => {
  test.each(modelNames)("makes valid histories of a %s that really overlap", (model) => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const history = generateHistory(seed, model, 5, 100);
      expect(history.calls).toHaveLength(100);
      const overlaps = history.calls.filter(
        (a) =>
        history.calls.some((b) => a !== b && a.calledNs < b.calledNs && b.calledNs < (a.returnedNs ?? 0n)), // prettier-ignore
      );
      expect(overlaps.length).toBeGreaterThan(20);
      expect([seed, checkHistory(history, { method: "search" }).verdict]).toEqual([seed, "ok"]);
    }
  });

  test("makes the same history from the same seed, and another from another", () => {
    const text = (seed: number): string => writeHistory(generateHistory(seed, "register", 3, 50));
    expect(text(1)).toBe(text(1));
    expect(text(1)).not.toBe(text(2));
  });

  test.each(modelNames)("makes histories of a %s that are read as they were written", (model) => {
    for (const crashes of [0, 0.1]) {
      const history = generateHistory(5, model, 4, 200, { crashes, objects: 3 });
      expect(readHistory(writeHistory(history))).toEqual({ history, failed: 0, cutOff: false });
    }
  });

  test("spreads calls over objects, which are all valid", () => {
    for (const model of modelNames) {
      const history = generateHistory(2, model, 6, 400, { objects: 4, crashes: 0.02 });
      const { verdict, objects } = checkHistory(history);
      expect([verdict, objects.length]).toEqual(["ok", 4]);
    }
  });

  test("refuses a mutation that there is not, or that might change nothing", () => {
    expect(() => generateHistory(1, "mutex", 2, 10, { mutate: "toString" })).toThrow(/allowed are/);
    expect(() => generateHistory(1, "mutex", 2, 10, { mutate: "two-holders", crashes: 0.1 })).toThrow(RangeError); // prettier-ignore
    expect(() => generateHistory(1, "ticket-pool", 1, 1, { mutate: "double-sale" })).toThrow(/no place/); // prettier-ignore
  });
});

describe.each(mutations)("a history of a %s with %s", (model, mutate) => {
  test.each(["any", "search"] as const)("is caught by %s", (method) => {
    let made = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const history = mutated(seed, model, mutate);
      if (history === undefined) continue;
      made++;
      const { verdict, objects } = checkHistory(history, { method });
      expect([seed, verdict]).toEqual([seed, "violation"]);
      expect(objects[0]!.violation!.prefix.isLongest).toBe(true);
    }
    expect(made).toBeGreaterThan(SEEDS / 2);
  });
});

function mutated(
  seed: number,
  model: ModelName,
  mutate: string,
): ReturnType<typeof generateHistory> | undefined {
  // prettier-ignore
  try {
    return generateHistory(seed, model, 4, 80, { mutate });
  } catch (error) {
    if (error instanceof RangeError && error.message.includes("no place")) return undefined;
    throw error;
  }
}
