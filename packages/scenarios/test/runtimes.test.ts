import { scopeCovers } from "@ticketlock/core";
import { listAdapters, runtimes } from "@ticketlock/harness";
import { expect, test } from "vitest";
import type { ScenarioName, Verdict } from "../src/index.ts";
import { candidates } from "./adapters.ts";
import { runCli, verdictOf, workspaceRoot } from "./run-cli.ts";

const all = await candidates(listAdapters(workspaceRoot));
/** The first of each runtime that starts processes and has a lock for those of others. Node's owns the session. */
const cast = runtimes.flatMap((runtime) =>
  all
    .filter(({ entry, kinds }) => entry.runtime === runtime && kinds.unit === "process")
    .filter(({ kinds }) =>
      kinds.locks.some(({ guarantees }) => scopeCovers(guarantees.scope, "runtimes")),
    ) // prettier-ignore
    .slice(0, 1)
    .map(({ entry }) => entry),
);
const joined = (sign: string): string => cast.map(({ name }) => name).join(sign);

/** Plays a story with two contenders of each runtime, in one session. */
async function play(scenario: ScenarioName, ...options: string[]): Promise<Verdict> {
  const contenders = String(2 * cast.length);
  const common = ["--adapter", joined("+"), "--think", "10", "--json"];
  const result = await runCli([scenario, ...common, "--contenders", contenders, ...options]);
  expect(result.stderr).toBe("");
  const verdict = verdictOf(result);
  expect(verdict).toMatchObject({ adapter: joined("+"), asExpected: true, unexpected: [] });
  expect(result.code).toBe(0);
  return verdict;
}

test("every runtime plays, none has dropped out", () => {
  expect(cast.map(({ runtime }) => runtime)).toEqual(runtimes);
});

test("mutex sells one ticket to one of all runtimes' buyers", async () => {
  const buyers = 2 * cast.length;
  const everyoneSees1 = Array.from({ length: buyers }, () => 1);
  expect(await play("mutex")).toMatchObject({ sold: 1, overlaps: 0, seen: everyoneSees1 });
});

test("flash-sale sells each of 1 000 tickets once to all runtimes' buyers", async () => {
  const verdict = await play("flash-sale", "--think", "0");
  expect(verdict).toMatchObject({ sold: 1_000, soldOut: 9_000, serials: 1_000, oversold: 0 });
});

test("counter loses updates between runtimes without a lock only", async () => {
  const { counts } = await play("counter", "--contenders", "2", "--steps", "200");
  const lost = (counts as { locking: string; lostUpdates: number }[]).map(
    ({ locking, lostUpdates }) => [locking, lostUpdates > 0],
  );
  expect(Object.fromEntries(lost)).toEqual({ none: true, coarse: false, fine: false, flag: false });
});

test("crash hands the lock on to another runtime, and sells nothing twice", async () => {
  const verdict = await play("crash");
  expect(verdict).toMatchObject({ sold: 1, oversold: 0, lostUpdates: 0, overlaps: 0 });
  const waits = verdict["waits"] as { ended: string; abandoned: boolean }[];
  expect(waits.map(({ ended }) => ended)).toEqual(waits.map(() => "granted"));
  expect(waits.filter(({ abandoned }) => abandoned)).toHaveLength(1);
});

test("adapters with a comma between them play one after the other", async () => {
  const common = ["--adapter", joined(","), "--think", "1", "--contenders", "2", "--json"];
  const { stdout } = await runCli(["mutex", ...common]);
  const verdicts = stdout.split("\n").filter((line) => line.startsWith("{"));
  expect(verdicts.map((line) => (JSON.parse(line) as Verdict)["adapter"])).toEqual(
    cast.map(({ name }) => name),
  );
});
