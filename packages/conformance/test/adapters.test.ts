import { selectedAdapters } from "@ticketlock/harness";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listNames, SuiteRun } from "./support/suite-run.ts";

/** Beyond the limits that the suite sets itself, for a job that is stuck to be called off first. */
const TEST_LIMIT_MS = 240_000;

// Each adapter runs in its own runtime, in one process for all of its cases.
for (const entry of selectedAdapters()) {
  const names = await listNames(entry);
  const run = new SuiteRun(entry, names);

  describe(`conformance of ${entry.name}`, () => {
    beforeAll(() => run.start());
    afterAll(() => run.stop());

    test("every case has a name of its own", () => {
      expect(new Set(names).size).toBe(names.length);
      expect(names.length).toBeGreaterThan(0);
    });

    for (const name of names) test(name, () => run.expectPassed(name), TEST_LIMIT_MS);
  });
}
