import type { Adapter } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { listRuntimesCases } from "../src/index.ts";
import {
  brokenRuntimes,
  pretendingRuntimes,
  runtimesDefects,
  untimelyRuntimes,
} from "./broken/broken-runtimes.ts";
import {
  brokenRuntimesCases,
  brokenRuntimesLauncherCase,
  brokenRuntimesStoreCases,
} from "./broken/expected.ts";

/** Something that never happens is told from something slow; processes of three runtimes take long to start. */
const LIMIT_MS = 3_000;
/** What is sound may be slow, and has to pass many cases. */
const ALL_SOUND_LIMIT_MS = 300_000;

/** Runs the named cases of the group `runtimes`; by name what each threw, or "passed". */
async function runCases(
  names: readonly string[],
  adapters: readonly Adapter[] = brokenRuntimes,
  limitMs: number = LIMIT_MS,
): Promise<Readonly<Record<string, string>>> {
  const cases = listRuntimesCases(adapters, { only: names, limitMs });
  expect(cases.map(({ name }) => name).toSorted()).toEqual([...names].toSorted());
  const ends: Record<string, string> = {};
  for (const { name, run } of cases)
    ends[name] = await run().then(
      () => "passed",
      (error: unknown) => String((error as Error).message),
    );
  return ends;
}

/** What the suite itself finds, not an accident in the broken thing's own code. */
const FINDING = /^(Broken promise|Not within|Not done)/;

async function expectRejected(
  names: readonly string[],
  adapters: readonly Adapter[] = brokenRuntimes,
): Promise<void> {
  for (const [name, end] of Object.entries(await runCases(names, adapters)))
    expect(end, `the case "${name}" fails`).toMatch(FINDING);
}

const INTACT = "intact-among-runtimes";
const lockNames = (kind: string, cases: readonly string[]): string[] =>
  cases.map((name) => `runtimes: lock ${kind}: ${name}`);
const storeNames = (kind: string): string[] =>
  brokenRuntimesStoreCases.map((name) => `runtimes: store ${kind}: ${name}`);

describe("the group runtimes rejects by name what is sound in each runtime alone", () => {
  test("the table names every broken lock", () => {
    expect([INTACT, ...Object.keys(brokenRuntimesCases)]).toEqual(Object.keys(runtimesDefects));
  });

  for (const [kind, cases] of Object.entries(brokenRuntimesCases))
    test(`${kind}: ${cases.join("; ")}`, () => expectRejected(lockNames(kind, cases)));

  test(`stock-in-each-runtime: ${brokenRuntimesStoreCases.join("; ")}`, () =>
    expectRejected(storeNames("stock-in-each-runtime")));

  test.for([
    { what: "a launcher of another runtime than it says", adapters: pretendingRuntimes },
    { what: "an owner whose clock is another", adapters: untimelyRuntimes },
  ])(`$what: ${brokenRuntimesLauncherCase}`, ({ adapters }) =>
    expectRejected(lockNames(INTACT, [brokenRuntimesLauncherCase]), adapters),
  );

  test(
    "a lock and a store without a defect pass the same cases",
    { timeout: ALL_SOUND_LIMIT_MS },
    async () => {
      const used = [...new Set(Object.values(brokenRuntimesCases).flat())];
      const names = lockNames(INTACT, [...used, brokenRuntimesLauncherCase]);
      const ends = await runCases([...names, ...storeNames("mapped")], brokenRuntimes, 10_000);
      expect(ends).toEqual(Object.fromEntries(Object.keys(ends).map((name) => [name, "passed"])));
    },
  );
});

test("adapters of one runtime have no cases between runtimes", () => {
  expect(listRuntimesCases(brokenRuntimes.slice(0, 1))).toEqual([]);
});
