import { expect, test } from "vitest";
import {
  isContaminated,
  type Noise,
  noiseBetween,
  quiet as untilQuiet,
  seesWholeMachine,
} from "../src/environment/noise.ts";
import { paceNs } from "../src/environment/pace.ts";

const quiet: Noise = { steal: 0, othersCores: 0.01, pressureUs: 0, switches: 1, pace: 5 };

test("who waits for a quiet machine is told whether it is, and waits no longer once called off", async () => {
  // So many cores that none is less busy, and so many that none is busier.
  expect(await untilQuiet(-1, new AbortController().signal)).toBe(false);
  expect(await untilQuiet(1e6, new AbortController().signal)).toBe(true);
  const stop = new AbortController();
  const waiting = untilQuiet(-1, stop.signal);
  stop.abort(new Error("stop"));
  await expect(waiting).rejects.toThrow("stop");
});

test("noiseBetween takes the measured processes' own CPU time out", () => {
  const before = { busyUs: 1_000_000, ownUs: 5_000, stealUs: 0, pressureUs: 10, switches: 5 };
  const after = { busyUs: 1_250_000, ownUs: 45_000, stealUs: 10_000, pressureUs: 30, switches: 9 };
  expect(noiseBetween(before, after, 100_000, 160_000, 2)).toEqual({
    steal: 0.05,
    othersCores: 0.5,
    pressureUs: 20,
    switches: 4,
    pace: null,
  });
});

test("noiseBetween takes a counter of stolen time that went backwards for none", () => {
  const before = { busyUs: 1_000, ownUs: 0, stealUs: 20_000, pressureUs: 10, switches: 5 };
  const after = { busyUs: 1_000, ownUs: 0, stealUs: 10_000, pressureUs: 10, switches: 5 };
  expect(noiseBetween(before, after, 100_000, 0, 2).steal).toBe(0);
});

test("noiseBetween says null where the machine does not tell", () => {
  const nothing = {
    busyUs: undefined,
    ownUs: 0,
    stealUs: undefined,
    pressureUs: undefined,
    switches: undefined,
  };
  expect(noiseBetween(nothing, nothing, 1, 1, 2)).toEqual({
    steal: null,
    othersCores: null,
    pressureUs: null,
    switches: null,
    pace: null,
  });
});

test("paceNs is the time of one operation, however often it is asked", () => {
  const paces = Array.from({ length: 5 }, () => paceNs());
  // An atomic step and a dozen others: no machine takes less than a nanosecond, or a microsecond.
  for (const pace of paces) expect(pace > 1 && pace < 1_000).toBe(true);
});

test("a machine of another pace is not a disturbed one: nobody did anything", () => {
  expect(
    isContaminated([
      { ...quiet, pace: 8 },
      { ...quiet, pace: 5 },
    ]),
  ).toBe(false);
});

test("isContaminated draws the line at 1 % steal and 5 % of a core, over the whole block", () => {
  expect(isContaminated([quiet])).toBe(false);
  expect(isContaminated([{ ...quiet, steal: 0.011 }])).toBe(true);
  expect(isContaminated([{ ...quiet, othersCores: 0.06 }])).toBe(true);
  expect(isContaminated([quiet, { ...quiet, othersCores: 0.06 }])).toBe(false);
  expect(
    isContaminated([
      { steal: null, othersCores: null, pressureUs: null, switches: null, pace: null },
    ]),
  ).toBe(false);
});

test("seesWholeMachine is false for a group that did only part of the machine's work, or where nothing can be read", () => {
  expect(seesWholeMachine(7_412_000_000, 7_342_000_000)).toBe(true);
  expect(seesWholeMachine(300_000_000, 7_342_000_000)).toBe(false);
  expect(seesWholeMachine(undefined, 1)).toBe(false);
  expect(seesWholeMachine(1, undefined)).toBe(false);
});
