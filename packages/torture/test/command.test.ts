import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readOptions } from "../src/cli/options.ts";
import type { GoalsState } from "../src/run/goals-state.ts";
import { startMain, testFolder, workspaceOf } from "./support/run-main.ts";
import { brokenEntry } from "./support/twins.ts";

const TEST_LIMIT_MS = 300_000;

describe("the arguments", () => {
  test("are two minutes of everything unless told otherwise", () => {
    expect(readOptions([])).toMatchObject({ minutes: 2, trials: undefined, round: undefined, goals: false }); // prettier-ignore
    expect(readOptions(["--goals"])).toMatchObject({ goals: true, minutes: 7 * 24 * 60 });
    expect(readOptions(["--adapter", "a,b+c", "--fault", "kill,stop", "--lock", "x", "--store", "y"])).toMatchObject({ selection: { casts: ["a", "b+c"], faults: ["kill", "stop"], locks: ["x"], stores: ["y"] } }); // prettier-ignore
  });

  test.for([
    [["--minutes", "0"], "whole number from 1"],
    [["--minutes", "1e3"], "whole number from 1"],
    [["--trials", "-1"], "Allowed: --minutes"],
    [["--seed", "x"], "whole number from 0"],
    [["--fault", "rain"], "Cannot use --fault rain. Allowed: none, kill"],
    [["--fault", "kill,"], "separated by commas"],
    [["--round", "3"], "of which seed"],
    [["--seed", "1", "--round", "3", "--adapter", "a"], "--round together with --adapter"],
    [["--goals", "--trials", "3"], "--goals together with --trials"],
    [["--state", "x.json"], "--state: it goes with --goals"],
    [["--accept-changes"], "--accept-changes: it goes with --goals"],
    [["more"], "Allowed: --minutes"],
    [["--nothing"], "Allowed: --minutes"],
  ] as const)("%o are refused in one line", ([argv, text]) => {
    expect(() => readOptions(argv)).toThrow(text);
    try {
      readOptions(argv);
    } catch (error) {
      expect((error as Error).message).not.toContain("\n");
    }
  });
});

describe("the command", { timeout: TEST_LIMIT_MS }, () => {
  const broken = (): string => workspaceOf(brokenEntry("broken-adapter").moduleUrl);

  test("exits 1 where a promise was broken, and keeps what is needed to see why, and to play it again", async () => {
    const cwd = broken();
    const args = ["--seed", "1", "--trials", "1", "--lock", "never-excludes", "--fault", "none"];
    const { code, stdout } = await startMain(args, { cwd }).done;
    expect(code, stdout).toBe(1);
    const [, folder, round] = /kept in (\S+test-results\/torture\/1-(\d+)); to play it again/.exec(stdout)!; // prettier-ignore
    const kept = readdirSync(folder!);
    expect(kept).toEqual(expect.arrayContaining(["clients", "findings.txt", "lock.html", "lock.jsonl", "plan.json", "replay.txt", "reports.json"])); // prettier-ignore
    expect(readFileSync(join(folder!, "lock.html"), "utf8")).toContain("Not linearizable: mutex");
    expect(readFileSync(join(folder!, "replay.txt"), "utf8")).toContain(`pnpm torture --seed 1 --round ${round}\n`); // prettier-ignore
    const again = await startMain(["--seed", "1", "--round", round!], { cwd }).done;
    expect(again.code, again.stdout).toBe(1);
    // What was kept first is still there, and the second beside it.
    expect(again.stdout).toContain(`${folder}.2;`);
    expect(readdirSync(folder!)).toEqual(kept);
    expect(again.stdout).toContain(`in round ${round} `);
  });

  test("exits 0 where none was, ends with the table, and writes its report whole", async () => {
    const cwd = workspaceOf(brokenEntry("broken-adapter").moduleUrl);
    const out = join(testFolder(), "out", "deeper");
    const args = ["--seed", "1", "--trials", "2", "--lock", "intact-wrapper", "--store", "intact-store", "--fault", "none", "--out", out]; // prettier-ignore
    const { code, stdout, stderr } = await startMain(args, { cwd }).done;
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^promise +trials +faults injected +violations +rate below/m);
    expect(stdout).toMatch(/^P1 +[1-9]/m);
    const [json, markdown] = readdirSync(out).toSorted();
    expect(readdirSync(out)).toHaveLength(2);
    const report = JSON.parse(readFileSync(join(out, json!), "utf8")) as Record<string, unknown>;
    expect(report).toMatchObject({ tool: "ticketlock-torture", seed: 1, partial: false, rounds: 2, violations: [] }); // prettier-ignore
    expect(readFileSync(join(out, markdown!), "utf8")).toMatch(/^\| P1 \| [1-9]/m);
    expect(existsSync(join(cwd, "test-results"))).toBe(false);
  });

  test.for([
    [["--adapter", "nobody"], "Cannot use --adapter nobody. Allowed: "],
    [["--lock", "nothing"], "Cannot use --lock nothing. Allowed: "],
    [["--fault", "owner-kill"], "Cannot torment what was selected"],
    [["--bad"], "Cannot read the arguments"],
  ] as const)("exits 2 for %o, with one line", async ([args, text]) => {
    const { code, stderr } = await startMain(args, { cwd: broken() }).done;
    expect([code, stderr.trim().split("\n").length]).toEqual([2, 1]);
    expect(stderr).toContain(text);
  });

  test("exits 70 where it cannot do its work, with one line", async () => {
    const cwd = workspaceOf("file:///nonexistent/adapter.ts");
    const { code, stderr } = await startMain([], { cwd }).done;
    expect(code, stderr).toBe(70);
  });

  test("refuses a folder that cannot be written to before it begins, and leaves nothing there", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "file"), "");
    const args = ["--seed", "1", "--round", "0", "--out", join(folder, "file")];
    const { code, stdout, stderr } = await startMain(args, { cwd: broken() }).done;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Pass another place to --out");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("refuses a state that cannot be written before its first round", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "file"), "");
    const args = ["--goals", "--state", join(folder, "file", "goals.json")];
    const { code, stdout, stderr } = await startMain(args, { cwd: broken() }).done;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Pass another place to --state");
  });

  test("lists what is tried with what", async () => {
    const { code, stdout } = await startMain(["--list"], { cwd: broken() }).done;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^terminate +a worker terminated/m);
    expect(stdout).toMatch(/some-adapter: lock .*load-then-store.*store .*unfenced/);
    expect(stdout).toContain("terminations: 10 000");
  });

  test("writes the state of its goals as soon as something is found, and tells of it for ever after", async () => {
    const cwd = broken();
    const state = join(testFolder(), "state.json");
    const args = ["--goals", "--state", state];
    const running = startMain(args, { cwd });
    await running.seen(/^VIOLATION of /m);
    const { tally } = JSON.parse(readFileSync(state, "utf8")) as GoalsState;
    expect(tally.violations.length).toBeGreaterThan(0);
    running.child.kill("SIGINT");
    expect((await running.done).code).toBe(1);
    const again = startMain(args, { cwd });
    await again.seen(/^goal: /m);
    again.child.kill("SIGINT");
    const { code, stdout } = await again.done;
    expect([code, stdout]).toEqual([1, expect.stringContaining(tally.violations[0]!.sentence)]);
  });

  test("goes on with its goals where it stopped, and adds up", async () => {
    const cwd = workspaceOf(import.meta.resolve("../../worker-threads/src/adapter.ts"));
    const state = join(testFolder(), "state.json");
    const roundsOf = (): number => (JSON.parse(readFileSync(state, "utf8")) as { tally: { rounds: number } }).tally.rounds; // prettier-ignore
    for (let before = 0, i = 0; i < 2; i++) {
      const running = startMain(["--goals", "--state", state, "--minutes", "1"], { cwd });
      await running.seen(/^\[\d+ s\] /m);
      running.child.kill("SIGINT");
      const { stdout } = await running.done;
      expect(stdout).toMatch(/^goal open: terminations: [1-9]/m);
      expect(roundsOf()).toBeGreaterThan(before);
      before = roundsOf();
    }
    const now = JSON.parse(readFileSync(state, "utf8")) as { code: object };
    writeFileSync(state, JSON.stringify({ ...now, code: { ...now.code, sources: "others" } }));
    const changed = await startMain(["--goals", "--state", state], { cwd }).done;
    expect([changed.code, changed.stderr]).toEqual([2, expect.stringContaining("--accept-changes")]); // prettier-ignore
    writeFileSync(state, "{}");
    const { code, stderr } = await startMain(["--goals", "--state", state], { cwd }).done;
    expect([code, stderr]).toEqual([2, expect.stringContaining("Cannot go on from")]);
  });
});
