import { describe, expect, test } from "vitest";
import { exitCodeOf } from "../src/cli/exit-code.ts";
import type { Result } from "../src/cli/report.ts";
import type { CheckedRound } from "../src/check/check-round.ts";
import { Counts } from "../src/check/counts.ts";
import { drawRound } from "../src/plan/draw-round.ts";
import { elsewhere, promiseIds } from "../src/plan/promises.ts";
import type { RoundPlan } from "../src/plan/round-plan.ts";
import type { RoundReport } from "../src/round/round-report.ts";
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
  const part = "of the holder";
  return round((counts) => counts.inject("P2", "kill", times, { part }), { recoveries });
}

function triedRows({ rows }: Tally): readonly (readonly string[])[] {
  return tableOf(rows).rows.filter(([, trials]) => /^\d/.test(trials!));
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
    expect(tally.rows[1]).toMatchObject({
      part: "of the holder",
      injected: { kill: 5 },
      recoveriesMs: [2, 4, 9],
    });
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
      { ...finding, booked: ["P1"], round: plan.round, cast: plan.cast, kept: "kept/1-0" },
    ]);
    expect(tally.rows).toMatchObject([{ promise: "P1", violations: 1 }]);
  });

  test("counts what was found against everything that was tried in the round, extras too", () => {
    const tally = new Tally();
    const findings = [{ promise: "P12", sentence: "two hold at once" }] as const;
    const fill = (counts: Counts): void => {
      counts.add("P11", 4);
      counts.add("P12", 1);
      const what = { wave: 0, atNs: "1" };
      const injected = [
        { ...what, what: "kill" },
        { ...what, what: "clock", count: 3 },
      ] as const;
      counts.addReport({ injected, sold: 0, inputs: 0 } as unknown as RoundReport, "P2");
    };
    tally.add(planOf("kill", "quick"), round(fill, { findings }), "");
    expect(tally.rows.map(({ promise, part, violations }) => [promise, part, violations])).toEqual([
      ["P2", "of others", 1],
      ["P10", "", 1],
      ["P11", "", 1],
      ["P12", "", 1],
    ]);
    expect(tally.violations).toMatchObject([
      { promise: "P12", booked: ["P11", "P12", "P2", "P10"] },
    ]);
    expect(tally.rows[1]).toMatchObject({ trials: 1, injected: { clock: 3 } });
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
    expect(triedRows(tally)).toEqual([
      ["P2 quick, of the holder", "3 000", "kill 3 000", "0", "0.0010", "50.0 / 99.0 / 100.0 (100)", "-"], // prettier-ignore
    ]);
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
    expect(triedRows(tally).map((row) => row.slice(3, 6))).toEqual([
      ["1", "-", "-"],
      ["1", "-", "-"],
    ]);
  });

  test("bounds nothing by the number of images, which are all that there are", () => {
    const tally = new Tally();
    const fill = (counts: Counts): void => {
      counts.enumerate("P8", "image", 900, "images");
      counts.inject("P8", "kill", 30, { part: "kills while writing" });
    };
    tally.add(planOf("crash-image", null), round(fill), "");
    expect(triedRows(tally).map((row) => [row[0], row[4]])).toEqual([
      ["P8, images", "-"],
      ["P8, kills while writing", "0.10"],
    ]);
  });

  test("has a row for every promise, and says of those that were not tried what tries them", () => {
    const { rows } = tableOf(new Tally().rows);
    expect(rows.map(([promise]) => promise)).toEqual(promiseIds);
    expect(rows.map(([, trials]) => trials)).toEqual(promiseIds.map((promise) => (promise in elsewhere ? "elsewhere, see below" : "not tried"))); // prettier-ignore
    expect(legendOf()).toContainEqual(expect.stringMatching(/^P14: .* Not tried here: pnpm test/));
  });

  test("judges recoveries against what is promised of a kind, where there are enough of them", () => {
    const cellOf = (lock: string, recoveriesMs: readonly number[]): string => {
      const tally = new Tally();
      tally.add(planOf("kill", lock), killed(3_000, ...recoveriesMs), "");
      return triedRows(tally)[0]![6]!;
    };
    const fast = Array.from({ length: 99 }, () => 1);
    expect(cellOf("mapped", [...fast, 50])).toBe("10: met");
    expect(cellOf("mapped", [...fast, 50, 50, 50])).toBe("10: not met");
    expect(cellOf("ipc", [50])).toBe("25: too few");
    expect(cellOf("quick", fast)).toBe("-");
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
      "deaths of a broker, lock ordered": 1_000,
      "deaths of an owner that is no broker": 1_000,
      "crash images": 5_000,
      "kills while writing": 10_000,
      "hostile messages": 1_000_000,
      "sales without a fault": 100_000_000,
    });
    expect(goalsOf(casts.slice(1, 2)).map(({ name }) => name)).not.toContain("pauses");
  });

  test("of deaths of a broker are reached with locks that have one", () => {
    const [broker, other] = goalsOf(casts).filter(({ fault }) => fault === "owner-kill");
    const locks = ["quick", "ordered"].map((lock) => planOf("owner-kill", lock));
    expect(locks.map((plan) => broker!.selects(plan))).toEqual([false, true]);
    expect(locks.map((plan) => other!.selects(plan))).toEqual([true, false]);
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

describe("the exit code", () => {
  const codeOf = (
    tally: Tally,
    quiet: boolean,
    rest: Partial<Result> = {},
    aborted = false,
  ): number =>
    // prettier-ignore
    exitCodeOf({ isQuiet: quiet }, { tally, ...rest }, aborted);
  const line = { name: "kills", target: 2, tookMs: 0 };

  test("is 3 where the time was over before all goals were reached, and 0 where they were", () => {
    expect(codeOf(new Tally(), false, { goals: [{ ...line, done: 1 }] })).toBe(3);
    expect(codeOf(new Tally(), false, { goals: [{ ...line, done: 2 }] })).toBe(0);
    expect(codeOf(new Tally(), false)).toBe(0);
    expect(codeOf(new Tally(), false, { goals: [{ ...line, done: 1 }] }, true)).toBe(130);
  });

  test("is 1 where something was found, whatever else was", () => {
    const tally = new Tally();
    const findings = [{ promise: "P2", sentence: "nobody was granted" }] as const;
    tally.add(planOf("kill", "quick"), { ...killed(10), findings }, "");
    expect(codeOf(tally, false, { goals: [{ ...line, done: 1 }] }, true)).toBe(1);
  });

  test("is 1 for a recovery that is too slow on a quiet machine, and on no other", () => {
    const tally = new Tally();
    tally.add(planOf("kill", "mapped"), killed(100, ...Array.from({ length: 100 }, () => 99)), "");
    expect([codeOf(tally, true), codeOf(tally, false)]).toEqual([1, 0]);
  });
});
