import { describe, expect, test } from "vitest";
import type { CheckedRound } from "../src/check/check-round.ts";
import { Counts } from "../src/check/counts.ts";
import { drawRound } from "../src/plan/draw-round.ts";
import type { RoundPlan } from "../src/plan/round-plan.ts";
import { goalsOf } from "../src/tally/goals.ts";
import { legendOf, markdownTable, tableOf, terminalTable, thousands } from "../src/tally/table.ts";
import { Tally } from "../src/tally/tally.ts";
import { timesOf } from "../src/tally/times.ts";
import { casts } from "./support/sample-casts.ts";

function planOf(fault: string, lock: string | null): RoundPlan {
  return { ...drawRound(1, 0, casts), fault: fault as RoundPlan["fault"], lock };
}

function round(fill: (counts: Counts) => void, rest: Partial<CheckedRound> = {}): CheckedRound {
  const counts = new Counts();
  fill(counts);
  return { findings: [], counts, recoveries: [], histories: [], ...rest };
}

function killed(times: number, ...recoveriesMs: number[]): CheckedRound {
  const recoveries = recoveriesMs.map((ms) => ({ promise: "P2", what: "kill", ms }) as const);
  return round((counts) => counts.inject("P2", "kill", times), { recoveries });
}

describe("Tally", () => {
  test("adds up trials and faults for each promise, and for each lock where locks recover apart", () => {
    const tally = new Tally();
    tally.add(planOf("kill", "quick"), killed(3, 2, 4), "");
    tally.add(planOf("kill", "quick"), killed(2, 9), "");
    tally.add(planOf("kill", "ordered"), killed(1), "");
    tally.add(
      planOf("none", "quick"),
      round((counts) => counts.add("P12", 2)),
      "",
    );
    tally.add(
      planOf("none", "ordered"),
      round((counts) => counts.add("P12", 1)),
      "",
    );
    expect(tally.rounds).toBe(5);
    expect(tally.rows.map(({ promise, lock, trials }) => [promise, lock, trials])).toEqual([
      ["P2", "ordered", 1],
      ["P2", "quick", 5],
      ["P12", null, 3],
    ]);
    expect(tally.rows[1]).toMatchObject({ injected: { kill: 5 }, recoveriesMs: [2, 4, 9] });
    expect(tally.injected("P2", "kill")).toBe(6);
    expect(tally.injected("P2", "kill", "ordered")).toBe(1);
  });

  test("keeps violations with their round and where it is kept", () => {
    const tally = new Tally();
    const finding = { promise: "P1", sentence: "two have one ticket" } as const;
    const plan = planOf("none", "quick");
    tally.add(
      plan,
      round(() => {}, { findings: [finding] }),
      "kept/1-0",
    );
    expect(tally.violations).toEqual([
      { ...finding, round: plan.round, cast: plan.cast, kept: "kept/1-0" },
    ]);
    expect(tally.rows).toMatchObject([{ promise: "P1", violations: 1 }]);
  });

  test("goes on from JSON where it was, and adds", () => {
    const tally = new Tally();
    tally.add(planOf("kill", "quick"), killed(3, 2), "");
    const again = Tally.from(JSON.parse(JSON.stringify(tally)) as ReturnType<Tally["toJSON"]>);
    again.add(planOf("kill", "quick"), killed(4, 1), "");
    expect(again.toJSON()).toMatchObject({
      rounds: 2,
      rows: [{ promise: "P2", trials: 7, injected: { kill: 7 }, recoveriesMs: [2, 1] }],
    });
    expect(tally.rows[0]!.trials).toBe(3);
  });
});

describe("the table", () => {
  test("tells trials, faults, the bound beside no violation, and percentiles that were seen", () => {
    const tally = new Tally();
    const values = Array.from({ length: 100 }, (_item, i) => 100 - i);
    tally.add(planOf("kill", "quick"), killed(3_000, ...values), "");
    expect(tableOf(tally.rows).rows).toEqual([
      ["P2 quick", "3 000", "kill 3 000", "0", "0.0010", "50.0 / 99.0 / 100.0 (100)"],
    ]);
    expect(legendOf(tally.rows)).toEqual([expect.stringMatching(/^P2: a killed holder/)]);
  });

  test("bounds nothing where something was found, or nothing tried", () => {
    const tally = new Tally();
    const findings = [{ promise: "P2", sentence: "nobody was granted" }] as const;
    tally.add(planOf("kill", "quick"), { ...killed(10), findings }, "");
    tally.add(
      planOf("kill", "ordered"),
      round(() => {}, { findings }),
      "",
    );
    expect(tableOf(tally.rows).rows.map((row) => row.slice(3))).toEqual([
      ["1", "-", "-"],
      ["1", "-", "-"],
    ]);
  });

  test("is as wide as it must be in a terminal, and keeps its columns in Markdown", () => {
    const table = { head: ["a", "bb"], rows: [["1|2", "x"]] };
    expect(terminalTable(table).split("\n")).toEqual(["a    bb", "---  --", "1|2  x"]);
    expect(markdownTable(table).split("\n")[2]).toBe(String.raw`| 1\|2 | x |`);
  });

  test.for([[0, "0"], [999, "999"], [1_000, "1 000"], [100_000_000, "100 000 000"]] as const)("writes %i as %s", ([count, text]) => expect(thousands(count)).toBe(text)); // prettier-ignore
});

describe("goals", () => {
  test("are those of what there is, more of the lock that reaches other runtimes", () => {
    const targets = Object.fromEntries(goalsOf(casts).map(({ name, target }) => [name, target]));
    expect(targets).toEqual({
      "SIGKILLs, lock quick": 10_000,
      "SIGKILLs, lock ordered": 2_000,
      pauses: 2_000,
      terminations: 10_000,
      "deaths of the owner or broker": 1_000,
      "crash images": 5_000,
      "kills while writing": 10_000,
      "hostile messages": 1_000_000,
      "sales without a fault": 100_000_000,
    });
    expect(goalsOf(casts.slice(1, 2)).map(({ name }) => name)).not.toContain("pauses");
  });

  test("of sales are reached with stores and locks that wait for nothing", () => {
    const goal = goalsOf(casts).find(({ fault }) => fault === "sales")!;
    const plan = { ...planOf("sales", "quick"), store: "mapped" };
    expect(goal.selects(plan)).toBe(true);
    expect(goal.selects({ ...plan, store: "durable" })).toBe(false);
    expect(goal.selects({ ...plan, lock: "ordered" })).toBe(false);
  });

  test("are counted by what their fault injects", () => {
    expect(timesOf("kill", killed(3))).toBe(3);
    expect(timesOf("stop", killed(3))).toBe(0);
    expect(timesOf("none", killed(3))).toBe(1);
  });
});
