import { describe, expect, test, vi } from "vitest";
import { checkHistory, modelNames, type ModelName, writeHistory } from "../src/index.ts";
import type { Machine } from "../src/models/model.ts";
import { Mutex } from "../src/models/mutex.ts";
import { Register } from "../src/models/register.ts";
import { TicketPool } from "../src/models/ticket-pool.ts";
import { faultOfOrder, isLinearizable, longestValidPrefix } from "./brute-force.ts";
import { hasDistinctTimes, smallHistory } from "./small-histories.ts";

/** For each of the three models: together more than 100 000. */
const HISTORIES = 40_000;

interface Tally {
  readonly verdicts: Record<string, number>;
  /** Verdicts that the order of serials or tokens gave. */
  quick: number;
  prefixes: number;
  /** The first history on which the checker was wrong, and how. */
  fault: string | undefined;
}

/** Compares the checker with brute force, up to the first disagreement. */
function compare(model: ModelName, histories: number): Tally {
  const tally: Tally = { verdicts: {}, quick: 0, prefixes: 0, fault: undefined };
  for (let seed = 0; seed < histories && tally.fault === undefined; seed++) {
    try {
      tally.fault = compareOne(model, seed, tally);
    } catch (error) {
      tally.fault = `it throws, which is not a verdict, seed ${seed}: ${String(error)}`;
    }
  }
  return tally;
}

function compareOne(model: ModelName, seed: number, tally: Tally): string | undefined {
  const history = smallHistory(seed, model);
  const expected = isLinearizable(history) ? "ok" : "violation";
  tally.verdicts[expected] = (tally.verdicts[expected] ?? 0) + 1;
  const told = (what: string): string => `${what}, seed ${seed}:\n${writeHistory(history)}`;
  for (const method of ["any", "search"] as const) {
    const { verdict, objects } = checkHistory(history, { method });
    if (verdict !== expected) return told(`${method} says ${verdict}, which is not ${expected}`);
    const [object] = objects;
    if (object?.method === "order") tally.quick++;
    const violation = object?.violation;
    if (violation === undefined) continue;
    const { prefix, call } = violation;
    const fault = faultOfOrder(history, prefix.order, call.returnedNs!);
    if (hasDistinctTimes(history)) {
      tally.prefixes++;
      if (!prefix.isLongest) return told("the longest prefix was not found");
      if (prefix.returned !== longestValidPrefix(history)) return told(`${prefix.returned} is not the longest prefix`); // prettier-ignore
      if (fault !== undefined) return told(`its order is not valid: ${fault}`);
    }
  }
  return undefined;
}

describe.each(modelNames)("checkHistory of a %s", (model) => {
  test(`agrees with every permutation on ${HISTORIES} histories of up to 7 calls`, () => {
    const { fault, verdicts, quick, prefixes } = compare(model, HISTORIES);
    expect(fault).toBeUndefined();
    expect(Object.values(verdicts).reduce((a, b) => a + b)).toBe(HISTORIES);
    // Neither verdict is rare, so neither could be given blindly.
    expect(verdicts["ok"]).toBeGreaterThan(HISTORIES / 5);
    expect(verdicts["violation"]).toBeGreaterThan(HISTORIES / 10);
    expect(prefixes).toBeGreaterThan(HISTORIES / 10);
    if (model !== "register") expect(quick).toBeGreaterThan(HISTORIES / 10);
  });
});

describe("the comparison with every permutation finds a machine that", () => {
  /** Lets each machine of a model be wrong in one way. */
  function breakMachine(model: ModelName, broken: (machine: Machine) => Partial<Machine>): void {
    const prototype = { register: Register, mutex: Mutex, "ticket-pool": TicketPool }[model].prototype; // prettier-ignore
    const real = prototype.machine as (slice: unknown) => Machine;
    vi.spyOn(prototype, "machine").mockImplementation(function (this: unknown, slice: unknown) {
      const machine = real.call(this, slice);
      return {
        initial: machine.initial,
        next: (state: number, call: number) => machine.next(state, call),
        isObservation: (call: number) => machine.isObservation(call),
        classOf: (call: number) => machine.classOf(call),
        describe: (state: number) => machine.describe(state),
        ...broken(machine),
      };
    } as never);
  }

  const breaks: readonly (readonly [string, ModelName, (machine: Machine) => Partial<Machine>])[] =
    [
      ["takes a write for an observation", "register", () => ({ isObservation: () => true })],
      ["takes a sale for an observation", "ticket-pool", () => ({ isObservation: () => true })],
      ["drops all calls of unknown outcome", "register", () => ({ classOf: () => undefined })],
      ["drops all deaths", "mutex", () => ({ classOf: () => undefined })],
      ["takes all unknown calls for the same", "register", () => ({ classOf: () => "same" })],
      ["lets anything follow anything", "mutex", () => ({ next: (state) => state })],
      ["takes two states for one", "register", (machine) => ({ next: (state, call) => Math.min(1, machine.next(state, call)) })], // prettier-ignore
    ];
  test.each(breaks)("%s (%s)", (_, model, broken) => {
    breakMachine(model, broken);
    try {
      expect(compare(model, 5_000).fault).toMatch(/is not|was not found|not valid/);
    } finally {
      vi.restoreAllMocks();
    }
  });

  test("nobody asks, since the order of serials says ok to everything", () => {
    vi.spyOn(TicketPool.prototype, "decideQuickly").mockReturnValue({ verdict: "ok" });
    try {
      expect(compare("ticket-pool", 5_000).fault).toMatch(/^any says ok, which is not violation/);
    } finally {
      vi.restoreAllMocks();
    }
  });
});
