import { type AdapterEntry, listAdapters, runtimes, selectedAdapters } from "@ticketlock/harness";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mixedCasts } from "./support/mixed-casts.ts";
import { listNames, SuiteRun } from "./support/suite-run.ts";

/** Beyond the limits that the suite sets itself. */
const TEST_LIMIT_MS = 240_000;

const casts = await mixedCasts(listAdapters());
/** The runtimes that take part. */
const runtimesOf = (cast: readonly AdapterEntry[]): string[] => cast.map(({ runtime }) => runtime);
const selected = new Set(selectedAdapters().map(({ packageName }) => packageName));
const isSelected = ({ packageName }: AdapterEntry): boolean => selected.has(packageName);

test("every kind of lock that is declared to reach several runtimes is offered in each", () => {
  expect(casts.size).toBeGreaterThan(0);
  for (const [kind, cast] of casts) expect(runtimesOf(cast), kind).toEqual(runtimes);
});

test("a runtime whose adapters do not declare such a kind is missed", async () => {
  const [last] = runtimes.toReversed();
  const others = listAdapters().filter(({ runtime }) => runtime !== last);
  const castsOfOthers = await mixedCasts(others);
  expect([...castsOfOthers.keys()]).toEqual([...casts.keys()]);
  for (const [kind, cast] of castsOfOthers)
    expect(runtimesOf(cast), kind).toEqual(runtimes.slice(0, -1));
});

// The adapters of a kind run together, also where only one of them was asked for.
for (const [kind, cast] of [...casts].filter(([, entries]) => entries.some(isSelected))) {
  const names = await listNames(cast);
  const run = new SuiteRun(cast, names);

  describe(`conformance of ${kind}, of ${cast.map(({ name }) => name).join(" and ")} together`, () => {
    beforeAll(() => run.start());
    afterAll(() => run.stop());

    test("every case has a name of its own", () => {
      expect(new Set(names).size).toBe(names.length);
      expect(names.length).toBeGreaterThan(0);
    });

    for (const name of names) test(name, () => run.expectPassed(name), TEST_LIMIT_MS);
  });
}
