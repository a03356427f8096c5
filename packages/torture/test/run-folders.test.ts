import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { Counts } from "../src/check/counts.ts";
import { drawRound } from "../src/plan/draw-round.ts";
import { BaseFolder } from "../src/run/base-folder.ts";
import { codeIdentity } from "../src/run/code-identity.ts";
import { continued, type GoalsState, readGoalsState } from "../src/run/goals-state.ts";
import { keepRound, keptViolations, makeKept, noteViolations } from "../src/run/kept-folder.ts";
import { lockState } from "../src/run/state-lock.ts";
import { own, sweep } from "../src/run/sweep.ts";
import { Tally } from "../src/tally/tally.ts";
import { testFolder } from "./support/run-main.ts";
import { casts } from "./support/sample-casts.ts";

const finding = { promise: "P1", sentence: "two have one ticket" } as const;

function keep(under: string): string {
  const plan = { ...drawRound(1, 0, casts), cast: "" };
  const kept = makeKept(under, plan);
  keepRound(kept, { plan, folder: "", reports: [], findings: [finding], counts: new Counts(), recoveries: [], histories: [] }); // prettier-ignore
  return kept;
}

describe("a kept round", () => {
  test("leaves the one alone that was kept before under its seed and number", () => {
    const under = testFolder();
    const [first, second] = [keep(under), keep(under)];
    expect(second).toBe(`${first}.2`);
    expect(readFileSync(join(first, "findings.txt"), "utf8")).toContain("two have one ticket");
  });

  test("tells a run that has not counted it of its violations, and a later run not", () => {
    const under = testFolder();
    const kept = keep(under);
    const violation = { ...finding, booked: ["P1", "P2"], round: 0, cast: "", kept } as const;
    noteViolations(kept, 1, [violation]);
    const tally = new Tally();
    const all = keptViolations(under, 1, "2000-01-01");
    expect(all.map((one) => tally.addFound(one))).toEqual([true]);
    expect(all.map((one) => tally.addFound(one))).toEqual([false]);
    expect(tally.violations).toEqual([violation]);
    expect(tally.rows.map(({ promise, violations }) => [promise, violations])).toEqual([["P1", 1], ["P2", 1]]); // prettier-ignore
    expect(keptViolations(under, 2, "2000-01-01")).toEqual([]);
    expect(keptViolations(under, 1, new Date(Date.now() + 60_000).toISOString())).toEqual([]);
  });
});

describe("the state of a long run", () => {
  const code = { revision: "one", sources: "a", tried: "b" };
  const fresh = (): GoalsState => readGoalsState(join(testFolder(), "none.json"), 1, code);

  test("goes on with another revision of the same sources, and tells both", () => {
    const later = continued("path", continued("path", fresh(), code, false), { ...code, revision: "two" }, false); // prettier-ignore
    expect([later.revisions, later.remarks]).toEqual([["one", "two"], []]);
  });

  test.for([
    [{ sources: "c" }, "the sources have changed since revision one"],
    [{ tried: "c" }, "the adapters' locks and stores have changed"],
  ] as const)(
    "with %o is refused unless somebody takes it upon himself, which is remarked",
    ([other, why]) => {
      const now = { ...code, ...other, revision: "two" };
      expect(() => continued("path", fresh(), now, false)).toThrow(why);
      const { remarks } = continued("path", fresh(), now, true);
      expect(remarks).toEqual([
        expect.stringMatching(/different code: .* --accept-changes was given/),
      ]);
    },
  );

  test("belongs to one run at a time, and to nobody when that has ended", () => {
    const path = join(testFolder(), "deeper", "goals.json");
    const lock = lockState(path);
    expect(() => lockState(path)).toThrow("another pnpm torture --goals uses it");
    lock[Symbol.dispose]();
    lockState(path)[Symbol.dispose]();
  });
});

test("the sources' fingerprint follows what packages run, and not their tests", () => {
  const root = testFolder();
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const sources = (): string => codeIdentity(root, casts).sources;
  write("packages/one/src/a.ts", "1");
  const before = sources();
  write("packages/one/test/a.test.ts", "1");
  expect(sources()).toBe(before);
  write("packages/one/src/a.ts", "2");
  expect(sources()).not.toBe(before);
  expect(codeIdentity(root, casts)).toMatchObject({ revision: "unknown" });
  expect(codeIdentity(root, casts.slice(1)).tried).not.toBe(codeIdentity(root, casts).tried);
});

describe("folders of runs", () => {
  test("that were killed are removed by the next, and those of living ones and of nobody are not", async () => {
    const parent = testFolder();
    const make = (name: string): string => {
      const path = join(parent, name);
      mkdirSync(path);
      return path;
    };
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const gone = make("run-gone");
    own(gone);
    const path = join(gone, "owner.json");
    const owner = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    // Its number is another process's now.
    writeFileSync(path, JSON.stringify({ ...owner, pid: child.pid }));
    const elsewhere = make("run-elsewhere");
    writeFileSync(join(elsewhere, "owner.json"), JSON.stringify({ ...owner, pid: child.pid, namespace: "another" })); // prettier-ignore
    own(make("run-mine"));
    make("run-nobody");
    own(make("other"));
    sweep(parent, "run-");
    expect(readdirSync(parent).toSorted()).toEqual(["other", "run-elsewhere", "run-mine", "run-nobody"]); // prettier-ignore
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  test("are told whose they are, both of them", () => {
    const base = new BaseFolder();
    for (const path of [base.path, base.memory]) expect(readdirSync(path)).toContain("owner.json");
    base.remove();
    for (const path of [base.path, base.memory]) expect(existsSync(path)).toBe(false);
  });
});
