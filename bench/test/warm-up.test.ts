import { describe, expect, test } from "vitest";
import { ratesAgree, warmUp } from "../src/run/warm-up.ts";
import type { WindowOutput } from "../src/run/window.ts";

const SIZE = { lengthMs: 50, atMost: 6, mostMs: 60_000 };

/** What a contender says of a window in which it did so many operations in a millisecond. */
function output(operations: number, part: Partial<WindowOutput> = {}): WindowOutput {
  return {
    operations,
    allOperations: operations,
    startedAfterNs: 0,
    beganAfterNs: 0,
    endedAfterNs: 1e6,
    clockErrorNs: 0,
    cpuUs: 0,
    warmUps: 0,
    settled: null,
    lookNs: 90,
    looks: 1,
    overlaps: 0,
    overlapTrials: 0,
    tokensOutOfOrder: 0,
    histogram: "",
    sold: 0,
    retries: 0,
    ...part,
  };
}

/** A session whose windows come to these shares, one after the other; the last one from then on. */
function session(...windows: readonly (readonly number[])[]): () => Promise<WindowOutput[]> {
  let run = 0;
  return async () => windows[Math.min(run++, windows.length - 1)]!.map((share) => output(share));
}

test("ratesAgree takes three in a row, whatever was before", () => {
  expect(ratesAgree([100, 100])).toBe(false);
  expect(ratesAgree([50, 100, 104, 102])).toBe(true);
  expect(ratesAgree([100, 106, 102])).toBe(false);
  expect(ratesAgree([100, 106, 102], 1.1)).toBe(true);
  expect(ratesAgree([0, 0, 0])).toBe(false);
});

describe("warmUp of contenders that compete", () => {
  test("goes by the sum of their rates, however the scheduler shares them out", async () => {
    const shared = session([900, 100], [100, 900], [500, 500]);
    const { warmUps, settled, lookNs } = await warmUp(true, SIZE, shared);
    expect({ warmUps, settled, lookNs }).toEqual({
      warmUps: [3, 3],
      settled: [true, true],
      lookNs: [90, 90],
    });
  });

  test("goes on while they get faster", async () => {
    const faster = session([10, 10], [20, 20], [40, 40], [50, 50], [51, 51], [50, 52]);
    expect((await warmUp(true, SIZE, faster)).warmUps).toEqual([6, 6]);
  });

  test("says that it gave up, and not that the last windows agreed", async () => {
    const restless = session([10, 10], [20, 20], [10, 10], [20, 20], [10, 10], [20, 20]);
    expect(await warmUp(true, SIZE, restless)).toMatchObject({
      warmUps: [6, 6],
      settled: [false, false],
    });
    const late = session([10, 10], [20, 20], [10, 10], [40, 40], [40, 40], [40, 40]);
    expect(await warmUp(true, SIZE, late)).toMatchObject({
      warmUps: [6, 6],
      settled: [true, true],
    });
  });

  test("ends when the time is up", async () => {
    const size = { ...SIZE, atMost: Infinity, mostMs: SIZE.lengthMs };
    const { warmUps, settled } = await warmUp(true, size, session([10, 10]));
    expect({ warmUps, settled }).toEqual({ warmUps: [1, 1], settled: [false, false] });
  });

  test("counts a window in which nobody got to work as no agreement", async () => {
    expect(await warmUp(true, SIZE, session([0, 0]))).toMatchObject({ settled: [false, false] });
  });
});

test("warmUp of others leaves it to each of them", async () => {
  let runs = 0;
  const told = await warmUp(false, SIZE, async () => {
    runs++;
    return [output(10, { warmUps: 10, settled: false }), output(0, { lookNs: null })];
  });
  expect(runs).toBe(1);
  expect(told).toMatchObject({ warmUps: [10, 0], settled: [false, null], lookNs: [90] });
});
