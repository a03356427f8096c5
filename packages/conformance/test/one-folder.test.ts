import { findAdapter, listAdapters, runJob } from "@ticketlock/harness";
import { afterAll, describe, expect, test } from "vitest";
import type { CaseEvent, RunSuiteInput } from "./jobs/run-suite.ts";
import { CopiedWorkspace } from "./support/copied-workspace.ts";
import { listNames } from "./support/suite-run.ts";

const SUITE_LIMIT_MS = 200_000;

// An adapter joins by one folder: nothing else may have to know of it.
describe("an adapter's copy under another name, in a workspace of its own", () => {
  const original = findAdapter("worker-threads");
  const workspace = new CopiedWorkspace(original, "my-threads");
  afterAll(() => workspace.remove());

  test("listAdapters finds it by its folder", () => {
    const found = listAdapters(workspace.root).map(({ name, packageName }) => [name, packageName]);
    expect(found).toEqual([["my-threads", "@elsewhere/my-threads"]]);
  });

  test(
    "the suite has the same cases for it, and it passes those of its launcher and of every way of selling",
    { timeout: SUITE_LIMIT_MS },
    async () => {
      const copy = findAdapter("my-threads", { root: workspace.root });
      const names = await listNames(copy);
      expect(names).toEqual(await listNames(original));
      const events: CaseEvent[] = [];
      // Those use everything that its folder names: the rest of the suite would try the same locks once more.
      const only = ["launcher: ", "mode "];
      const input: RunSuiteInput = {
        list: false,
        options: { runtimeFlags: copy.flags, contenders: 3, only },
      };
      const onEvent = (event: unknown): void => void events.push(event as CaseEvent);
      await runJob(copy, new URL("./jobs/run-suite.ts", import.meta.url), input, { onEvent });
      expect(events.filter(({ failure }) => failure !== undefined)).toEqual([]);
      const chosen = names.filter((name) => only.some((text) => name.includes(text)));
      expect(events.map(({ name }) => name)).toEqual(chosen);
    },
  );
});
