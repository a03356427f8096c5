import { assert, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { drawRound } from "../src/plan/draw-round.ts";
import { combinationsOf, faultNames, faults } from "../src/plan/faults.ts";
import type { RoundPlan } from "../src/plan/round-plan.ts";
import { checkSelection, selectedRounds, selects } from "../src/plan/selection.ts";
import { casts, processes, threads } from "./support/sample-casts.ts";

const seeds = integer({ min: 0, max: 2 ** 31 - 1 });
const MANY = 3_000;

const manyPlans: readonly RoundPlan[] = Array.from({ length: MANY }, (_item, round) =>
  drawRound(1, round, casts),
);

describe("drawRound", () => {
  test("draws the same round for the same seed and number, as plain data", () => {
    assert(
      property(seeds, seeds, (seed, round) => {
        const plan = drawRound(seed, round, casts);
        expect(drawRound(seed, round, casts)).toEqual(plan);
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      }),
    );
  });

  test("draws other rounds for other seeds and numbers", () => {
    const texts = new Set(manyPlans.map((plan) => JSON.stringify({ ...plan, round: 0 })));
    expect(texts.size).toBeGreaterThan(MANY * 0.99);
    const other = Array.from({ length: 100 }, (_item, round) => drawRound(2, round, casts));
    const same = other.filter(
      (plan, i) => JSON.stringify({ ...plan, seed: 1 }) === JSON.stringify(manyPlans[i]),
    );
    expect(same).toEqual([]);
  });

  test("draws every fault, and each with everything that promises to survive it", () => {
    expect(new Set(manyPlans.map(({ fault }) => fault))).toEqual(new Set(faultNames));
    for (const fault of faultNames.filter((name) => faults[name].run !== "images")) {
      const wanted = combinationsOf(fault, casts).map(({ cast, lock }) => `${cast.name} ${lock?.kind ?? null}`); // prettier-ignore
      const drawn = manyPlans.filter((plan) => plan.fault === fault).map(({ cast, lock }) => `${cast} ${lock}`); // prettier-ignore
      expect(new Set(drawn), fault).toEqual(new Set(wanted));
    }
  });

  test("draws no fault that a lock or a contender makes no promise about", () => {
    const pairs = new Set(manyPlans.map(({ fault, cast }) => `${fault} on ${cast}`));
    for (const never of [
      "kill on threads",
      "stop on threads",
      "owner-kill on threads",
      "terminate on processes",
      "exit on threads",
    ])
      // prettier-ignore
      expect(pairs).not.toContain(never);
    expect(pairs).toContain("terminate on threads");
  });

  test("draws two to six contenders, of every runtime one, and spares the first a death", () => {
    for (const { cast, contenders, waves, fault } of manyPlans) {
      if (cast === "") continue;
      expect(contenders).toBeGreaterThanOrEqual(cast === "processes+others+more" ? 3 : 2);
      expect(contenders).toBeLessThanOrEqual(6);
      for (const injection of waves.flatMap(({ injections }) => injections)) {
        if (!("victim" in injection)) continue;
        expect(injection.victim).toBeLessThan(contenders);
        const mayBeFirst = injection.what === "stop" || fault === "line-up" || fault === "memory";
        if (!mayBeFirst) expect(injection.victim).toBeGreaterThan(0);
      }
    }
  });

  test("lets no waiter look by itself in half of the rounds with a lock, and in none in which it must", () => {
    const locked = manyPlans.filter(({ lock }) => lock !== null);
    const seldom = locked.filter(({ looksSeldom }) => looksSeldom);
    expect(seldom.length).toBeGreaterThan(locked.length / 2);
    const blocks = ({ waves }: RoundPlan): boolean =>
      waves.some(({ injections }) => injections.some((one) => "blockMs" in one && one.blockMs > 0));
    const looking: readonly string[] = ["throw", "exit", "memory", "owner-kill"];
    expect(seldom.filter((plan) => looking.includes(plan.fault) || blocks(plan))).toEqual([]);
  });

  test("draws atomic operations as points of death only for locks that have them", () => {
    const points = manyPlans.flatMap(({ lock, waves }) =>
      waves.flatMap(({ injections }) =>
        injections.flatMap((one) => (one.what === "point" ? [{ lock, ...one.point }] : [])),
      ),
    );
    const operations = points.filter(({ operation }) => operation !== undefined);
    expect(new Set(operations.map(({ lock }) => lock))).toEqual(new Set(["quick", "lossy"]));
    expect(points.some(({ lock }) => lock === "ordered")).toBe(true);
  });

  test("draws for contenders that die only stores that are whole whoever dies", () => {
    const deadly = manyPlans.filter(({ fault }) => ["kill", "point", "exit", "kill-writing", "owner-kill"].includes(fault)); // prettier-ignore
    expect(deadly.length).toBeGreaterThan(100);
    expect(deadly.filter(({ store }) => store === "naive")).toEqual([]);
    expect(manyPlans.some(({ store }) => store === "naive")).toBe(true);
  });

  test("lets a thread that may run on sell, and not count what has no fence", () => {
    const ended = manyPlans.filter(({ fault }) => fault === "terminate");
    expect(new Set(ended.map(({ style }) => style))).toEqual(new Set(["sale"]));
  });
});

describe("a selection", () => {
  test("leaves rounds out and changes none", () => {
    const isChosen = selects({ faults: ["kill"], casts: ["more+processes+others"] });
    const rounds = selectedRounds(1, 0, casts, isChosen);
    for (let i = 0; i < 10; i++) {
      const plan = rounds.next().value;
      expect(plan).toEqual(manyPlans[plan.round]);
      expect([plan.fault, plan.cast]).toEqual(["kill", "processes+others+more"]);
    }
  });

  test("takes locks and stores by their kinds", () => {
    const plan = selectedRounds(1, 0, casts, selects({ locks: ["ordered"], stores: ["durable"] })).next().value; // prettier-ignore
    expect([plan.lock, plan.store]).toEqual(["ordered", "durable"]);
  });

  test("of what nothing promises to survive is refused", () => {
    const rounds = selectedRounds(1, 0, [threads], selects({ faults: ["kill"] }));
    expect(() => rounds.next()).toThrow(/--list/);
  });

  test.for([
    [{ casts: ["nobody"] }, "--adapter nobody"],
    [{ locks: ["nothing"] }, "--lock nothing"],
    [{ stores: ["nowhere"] }, "--store nowhere"],
  ] as const)("%o is refused with what there is", ([selection, text]) => {
    expect(() => checkSelection(selection, [processes])).toThrow(text);
    expect(() => checkSelection({ casts: ["processes"], locks: ["quick"] }, [processes])).not.toThrow(); // prettier-ignore
  });
});
