import { expect, test } from "vitest";
import { loadAdapter } from "../src/index.ts";
import { adapterFiles, temporaryFolder } from "./temporary-workspace.ts";

const YAML = { "pnpm-workspace.yaml": "packages:\n  - packages/*\n" };

test("loadAdapter loads an adapter of the workspace into this process", async () => {
  const root = temporaryFolder({ ...YAML, ...adapterFiles("packages/first") });
  expect(await loadAdapter("first", { root })).toMatchObject({ name: "empty", locks: [] });
});

test("loadAdapter says how to run where another runtime is needed", async () => {
  const declaration = { adapter: "./adapter.mjs", runtime: "deno" };
  const root = temporaryFolder({ ...YAML, ...adapterFiles("packages/first", declaration) });
  const error = await loadAdapter("first", { root }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "ADAPTER_INVALID" });
  expect((error as Error).message).toContain("deno run");
});

test.each([
  "export const other = 1;",
  "export const adapter = { name: 'x' };",
  "export const adapter = null;",
])("loadAdapter refuses a module that does not export an adapter: %s", async (module) => {
  const files = {
    ...YAML,
    ...adapterFiles("packages/first"),
    "packages/first/adapter.mjs": module,
  };
  const error = await loadAdapter("first", { root: temporaryFolder(files) }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: "ADAPTER_INVALID" });
});
