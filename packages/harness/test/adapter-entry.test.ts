import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isTicketlockError } from "@ticketlock/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { findAdapter, findWorkspaceRoot, listAdapters, selectedAdapters } from "../src/index.ts";
import { adapterFiles, temporaryFolder } from "./temporary-workspace.ts";

const PLAIN = "packages:\n  - packages/*\n  - bench\n";

function thrownBy(step: () => unknown): unknown {
  try {
    step();
  } catch (error) {
    return error;
  }
  return undefined;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("findWorkspaceRoot", () => {
  test("finds the nearest folder above that has a pnpm-workspace.yaml", () => {
    const root = temporaryFolder({ "pnpm-workspace.yaml": PLAIN, "packages/a/src/x.ts": "" });
    expect(findWorkspaceRoot(join(root, "packages/a/src"))).toBe(root);
  });

  test("finds none where there is none", () => {
    expect(findWorkspaceRoot(temporaryFolder({}))).toBeUndefined();
  });
});

const first = { adapter: "./adapter.mjs", runtime: "node" };

describe("listAdapters", () => {
  test("lists the packages that declare themselves, by folder, in alphabetical order", () => {
    const root = temporaryFolder({
      "pnpm-workspace.yaml": PLAIN,
      ...adapterFiles("packages/second", {
        adapter: "./adapter.mjs",
        runtime: "deno",
        flags: ["-A"],
      }),
      ...adapterFiles("packages/first"),
      ...adapterFiles("elsewhere/third"),
      "packages/plain/package.json": { name: "@example/plain" },
    });
    expect(listAdapters(root)).toEqual([
      {
        name: "first",
        packageName: "@example/first",
        directory: join(root, "packages/first"),
        moduleUrl: pathToFileURL(join(root, "packages/first/adapter.mjs")).href,
        runtime: "node",
        flags: [],
      },
      expect.objectContaining({ name: "second", runtime: "deno", flags: ["-A"] }),
    ]);
  });

  test("lists each adapter of a package that has several, and finds it by either name", () => {
    const declaration = { adapter: "./adapter.mjs", runtime: "node" };
    const root = temporaryFolder({
      "pnpm-workspace.yaml": PLAIN,
      ...adapterFiles("packages/both", [declaration, { ...declaration, name: "workers" }]),
    });
    expect(listAdapters(root).map(({ name, packageName }) => [name, packageName])).toEqual([
      ["both", "@example/both"],
      ["both/workers", "@example/both/workers"],
    ]);
    for (const name of ["both/workers", "@example/both/workers"])
      expect(findAdapter(name, { root }).name).toBe("both/workers");
    expect(findAdapter("@example/both", { root }).name).toBe("both");
  });

  test.each([
    [
      "quoted names and comments",
      `# top\npackages: # all\n  - "packages/*" # every one\n\ncatalog:\n  x: 1.0.0\n`,
    ],
    ["single quotes, no indentation", "packages:\n- 'packages/*'\n"],
    ["a part of a name", "packages:\n  - packages/f*t\n"],
    ["any depth", "packages:\n  - '**'\n"],
    ["a leading ./ and a trailing /", "packages:\n  - ./packages/*/\n"],
    ["an exclusion", "packages:\n  - packages/*\n  - '!packages/x*'\n"],
  ])("reads a list of patterns with %s", (_, yaml) => {
    const root = temporaryFolder({
      "pnpm-workspace.yaml": yaml,
      ...adapterFiles("packages/first"),
      ...(yaml.includes("!") ? adapterFiles("packages/x-no") : {}),
      ...adapterFiles("packages/first/node_modules/hidden"),
    });
    expect(listAdapters(root).map((entry) => entry.name)).toEqual(["first"]);
  });

  test.each([
    "packages: [packages/*]\n",
    "packages:\n  - {a: b}\n",
    "packages:\n  - &x packages/*\n",
  ])("refuses a list that it cannot read: %j", (yaml) => {
    const root = temporaryFolder({ "pnpm-workspace.yaml": yaml });
    const error = thrownBy(() => listAdapters(root));
    expect(isTicketlockError(error, "ADAPTER_INVALID")).toBe(true);
    expect((error as Error).message).toContain("pnpm-workspace.yaml");
  });

  test.each([
    ["no object", "yes"],
    ["no module", { runtime: "node" }],
    ["a module outside the package", { adapter: "./../other.mjs", runtime: "node" }],
    ["a module that is missing", { adapter: "./missing.mjs", runtime: "node" }],
    ["an unknown runtime", { adapter: "./adapter.mjs", runtime: "java" }],
    ["a further adapter without a name", [first, first]],
    ["a name for the first adapter", { ...first, name: "x" }],
    ["two adapters of one name", [first, { ...first, name: "x" }, { ...first, name: "x" }]],
    ["a name with a slash", [first, { ...first, name: "a/b" }]],
    ["flags that are no strings", { adapter: "./adapter.mjs", runtime: "node", flags: [1] }],
  ])("names the package whose declaration has %s", (_, declaration) => {
    const root = temporaryFolder({
      "pnpm-workspace.yaml": PLAIN,
      ...adapterFiles("packages/wrong", declaration),
    });
    const error = thrownBy(() => listAdapters(root));
    expect(isTicketlockError(error, "ADAPTER_INVALID")).toBe(true);
    expect((error as Error).message).toContain("@example/wrong");
  });

  test("names the folder whose package.json is not JSON", () => {
    const root = temporaryFolder({
      "pnpm-workspace.yaml": PLAIN,
      "packages/bad/package.json": "{",
    });
    const error = thrownBy(() => listAdapters(root));
    expect(isTicketlockError(error, "ADAPTER_INVALID")).toBe(true);
    expect((error as Error).message).toContain(join(root, "packages/bad"));
  });
});

describe("findAdapter", () => {
  test("finds by folder and by package name, installed packages included", () => {
    const root = temporaryFolder({
      "pnpm-workspace.yaml": PLAIN,
      ...adapterFiles("packages/first"),
      ...adapterFiles("node_modules/@example/installed"),
    });
    expect(findAdapter("first", { root }).name).toBe("first");
    expect(findAdapter("@example/first", { root }).name).toBe("first");
    expect(findAdapter("@example/installed", { root }).name).toBe("installed");
  });

  test("refuses a name that two folders have, and takes either by its package", () => {
    const root = temporaryFolder({
      "pnpm-workspace.yaml": "packages:\n  - '**'\n",
      ...adapterFiles("one/twin"),
      ...adapterFiles("two/twin"),
      "two/twin/package.json": {
        name: "@other/twin",
        ticketlock: { adapter: "./adapter.mjs", runtime: "node" },
      },
    });
    const error = thrownBy(() => findAdapter("twin", { root }));
    expect(isTicketlockError(error, "ADAPTER_INVALID")).toBe(true);
    expect((error as Error).message).toContain(join(root, "two/twin"));
    expect(findAdapter("@other/twin", { root }).directory).toBe(join(root, "two/twin"));
  });

  test.each(["nobody", "../first", "", "@example/none"])("names the known ones for %j", (name) => {
    const root = temporaryFolder({
      "pnpm-workspace.yaml": PLAIN,
      ...adapterFiles("packages/first"),
      ...adapterFiles("packages/second"),
    });
    const error = thrownBy(() => findAdapter(name, { root }));
    expect(isTicketlockError(error, "ADAPTER_NOT_FOUND")).toBe(true);
    expect((error as Error).message).toContain("first, second");
  });
});

describe("selectedAdapters", () => {
  test("gives all, or those that TICKETLOCK_ADAPTER names", () => {
    const root = temporaryFolder({
      "pnpm-workspace.yaml": PLAIN,
      ...adapterFiles("packages/first"),
      ...adapterFiles("packages/second"),
    });
    const names = (): string[] => selectedAdapters({ root }).map((entry) => entry.name);
    vi.stubEnv("TICKETLOCK_ADAPTER", "");
    expect(names()).toEqual(["first", "second"]);
    vi.stubEnv("TICKETLOCK_ADAPTER", "second, first");
    expect(names()).toEqual(["second", "first"]);
    vi.stubEnv("TICKETLOCK_ADAPTER", "third");
    expect(isTicketlockError(thrownBy(names), "ADAPTER_NOT_FOUND")).toBe(true);
  });
});
