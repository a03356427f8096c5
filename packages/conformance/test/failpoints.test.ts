import { afterEach, describe, expect, test } from "vitest";
import {
  type DeathPoint,
  describePoint,
  Failpoints,
  pointsOf,
  samplePoints,
} from "../src/kit/failpoints.ts";
import { randomFrom } from "../src/kit/random.ts";

class Death extends Error {}

const atomics = Atomics;
const words = new Int32Array(new SharedArrayBuffer(16));

function die(): never {
  throw new Death();
}

/** Three steps on the words, as a lock would take them. */
function steps(): void {
  words.fill(0);
  Atomics.store(words, 0, 1);
  Atomics.add(words, 1, Atomics.load(words, 0));
  Atomics.store(words, 2, 3);
}

function stepsUntil(point: DeathPoint | undefined): Failpoints {
  const failpoints = new Failpoints(point, die);
  failpoints.install();
  try {
    steps();
  } finally {
    failpoints.remove();
  }
  return failpoints;
}

afterEach(() => void (globalThis.Atomics = atomics));

describe("Failpoints", () => {
  test("counts operations by name, lets them do their work, and is gone after remove", () => {
    const { counts } = stepsUntil(undefined);
    expect(counts).toEqual({ store: 2, add: 1, load: 1 });
    expect([...words]).toEqual([1, 1, 3, 0]);
    expect(globalThis.Atomics).toBe(atomics);
    steps();
    expect(counts).toEqual({ store: 2, add: 1, load: 1 });
  });

  test.for([
    { point: { moment: "before", operation: "store", nth: 1 } as const, left: [0, 0, 0, 0] },
    { point: { moment: "after", operation: "store", nth: 1 } as const, left: [1, 0, 0, 0] },
    { point: { moment: "before", operation: "add", nth: 1 } as const, left: [1, 0, 0, 0] },
    { point: { moment: "before", operation: "store", nth: 2 } as const, left: [1, 1, 0, 0] },
    { point: { moment: "after", operation: "store", nth: 2 } as const, left: [1, 1, 3, 0] },
  ])("dies just there: $point.moment $point.operation $point.nth", ({ point, left }) => {
    expect(() => stepsUntil(point)).toThrow(Death);
    expect([...words]).toEqual(left);
  });

  test("passes a point that the code does not come to", () => {
    stepsUntil({ moment: "before", operation: "exchange", nth: 1 });
    expect([...words]).toEqual([1, 1, 3, 0]);
  });

  test("dies at the call and on return, which the code says itself", () => {
    const failpoints = new Failpoints({ moment: "on return", nth: 0 }, die);
    failpoints.reach("at the call");
    expect(() => failpoints.reach("on return")).toThrow(Death);
  });
});

describe("pointsOf", () => {
  test("gives both sides of every operation, between call and return", () => {
    expect(pointsOf({ store: 2, load: 1 }).map(describePoint)).toEqual([
      "at the call",
      "before load 1",
      "after load 1",
      "before store 1",
      "after store 1",
      "before store 2",
      "after store 2",
      "on return",
    ]);
  });
});

describe("samplePoints", () => {
  const many = pointsOf({ load: 300, compareExchange: 20, notify: 2 });

  test("gives all points where they are few", () => {
    const few = pointsOf({ load: 1, store: 1 });
    expect(samplePoints(few, 20, randomFrom(1))).toHaveLength(few.length);
  });

  test("keeps call and return, and most room for operations that change something", () => {
    const sample = samplePoints(many, 14, randomFrom(1));
    expect(sample).toHaveLength(14);
    expect(sample.map(({ moment }) => moment)).toContain("at the call");
    expect(sample.map(({ moment }) => moment)).toContain("on return");
    expect(sample.filter(({ operation }) => operation === "load")).toHaveLength(3);
  });

  test("repeats with the seed, and differs between seeds", () => {
    const of = (seed: number): string =>
      samplePoints(many, 14, randomFrom(seed)).map(describePoint).join();
    expect(of(7)).toBe(of(7));
    expect(of(7)).not.toBe(of(8));
  });
});
