import { type AdapterEntry, runtimes } from "@ticketlock/harness";
import { expect, onTestFinished, test, vi } from "vitest";
import { mixedCasts } from "./support/mixed-casts.ts";
import { listNames, SuiteRun } from "./support/suite-run.ts";

// Whoever has no Deno must not take a run without Deno's cases for a good one.
test.for(runtimes.filter((runtime) => runtime !== "node"))(
  "where %s is not installed its adapters fail, with the line that installs it, and are not left out",
  async (runtime) => {
    vi.spyOn(process, "cwd").mockReturnValue("/");
    onTestFinished(() => void vi.restoreAllMocks());
    const moduleUrl = "file:///adapter.js";
    const entry: AdapterEntry = { name: "one", packageName: "one", directory: "/", moduleUrl, runtime, flags: [] }; // prettier-ignore
    const missing = {
      code: "RUNTIME_MISSING",
      message: expect.stringContaining(`npm install --save-dev ${runtime}`) as unknown,
    };
    await expect(listNames(entry)).rejects.toMatchObject(missing);
    await expect(mixedCasts([entry])).rejects.toMatchObject(missing);
    const run = new SuiteRun(entry, ["a case"]);
    run.start();
    await expect(run.expectPassed("a case")).rejects.toMatchObject(missing);
  },
);
