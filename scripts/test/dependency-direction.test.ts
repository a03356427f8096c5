import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dependencyFaults } from "../dependency-direction.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ticketlock-arrows-"));
  addPackage("packages/core");
  addPackage("packages/shared-memory", { dependencies: ["core"] });
  addPackage("packages/harness", { dependencies: ["core"] });
  addPackage("packages/some-adapter", { dependencies: ["core", "shared-memory"], adapter: true });
  addPackage("packages/other-adapter", { dependencies: ["core"], adapter: true });
  addPackage("bench", { dependencies: ["core", "harness"] });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function add(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function addPackage(
  path: string,
  options: {
    readonly dependencies?: readonly string[];
    readonly others?: readonly string[];
    readonly adapter?: boolean;
  } = {},
): void {
  const name = path.split("/").at(-1) ?? path;
  const dependencies = [
    ...(options.dependencies ?? []).map((each) => [`@ticketlock/${each}`, "workspace:*"]),
    ...(options.others ?? []).map((each) => [each, "1.0.0"]),
  ];
  add(
    `${path}/package.json`,
    JSON.stringify({
      name: `@ticketlock/${name}`,
      version: "0.1.0",
      dependencies: Object.fromEntries(dependencies) as Record<string, string>,
      ...(options.adapter ? { ticketlock: { adapter: "./src/adapter.ts", runtime: "node" } } : {}),
    }),
  );
}

describe("dependencyFaults", () => {
  test("accepts arrows that point the right way", () => {
    add("packages/core/src/index.ts", `export { one } from "./one.ts";\n`);
    add("packages/shared-memory/src/index.ts", `import type { Lock } from "@ticketlock/core";\n`);
    add("packages/some-adapter/src/index.ts", `import "@ticketlock/shared-memory";\n`);
    add(
      "bench/src/main.ts",
      `// @ticketlock/some-adapter\nimport {\n  a,\n} from "@ticketlock/harness";\n`,
    );
    add("bench/test/main.test.ts", `import "@ticketlock/some-adapter";\n`);
    expect(dependencyFaults(root)).toEqual([]);
  });

  const faulty: readonly (readonly [string, () => void, RegExp])[] = [
    [
      "a dependency of core",
      () => addPackage("packages/core", { others: ["left-pad"] }),
      /core has no dependency/,
    ],
    [
      "a mechanism that depends on an adapter",
      () => addPackage("packages/shared-memory", { dependencies: ["some-adapter"] }),
      /shared-memory\/package\.json depends on @ticketlock\/some-adapter/,
    ],
    [
      "an adapter that depends on another",
      () => addPackage("packages/some-adapter", { dependencies: ["other-adapter"], adapter: true }),
      /some-adapter\/package\.json depends on @ticketlock\/other-adapter/,
    ],
    [
      "an import that points the wrong way",
      () => add("packages/harness/src/a.ts", `import { x } from "@ticketlock/shared-memory";\n`),
      /harness\/src\/a\.ts imports @ticketlock\/shared-memory/,
    ],
    [
      "a type import over several lines that points the wrong way",
      () => add("packages/core/src/a.ts", `import type {\n  X,\n} from "@ticketlock/harness";\n`),
      /core\/src\/a\.ts imports @ticketlock\/harness/,
    ],
    [
      "a re-export that points the wrong way",
      () => add("packages/core/src/a.ts", `export * from "@ticketlock/shared-memory";\n`),
      /core\/src\/a\.ts imports @ticketlock\/shared-memory/,
    ],
    [
      "a dynamic import that points the wrong way",
      () => add("bench/src/a.ts", `const x = await import("@ticketlock/shared-memory");\n`),
      /bench\/src\/a\.ts imports @ticketlock\/shared-memory/,
    ],
    [
      "an import that no package.json declares",
      () => add("bench/src/a.ts", `import { x } from "@ticketlock/conformance";\n`),
      /add it to the dependencies in bench\/package\.json/,
    ],
    [
      "a relative import out of the package",
      () => add("bench/src/a.ts", `import { x } from "../../packages/core/src/one.ts";\n`),
      /it lies outside the package/,
    ],
    [
      "a runtime's module in a package for all runtimes",
      () =>
        add("packages/shared-memory/src/a.ts", `import { Worker } from "node:worker_threads";\n`),
      /ECMAScript only/,
    ],
    [
      "an adapter's name in the source of a package that is none",
      () => add("packages/harness/src/a.ts", `export const preferred = "some-adapter";\n`),
      /harness\/src\/a\.ts names the adapter some-adapter/,
    ],
    [
      "an adapter's name in another adapter",
      () => add("packages/other-adapter/src/a.ts", "const x = `@ticketlock/some-adapter/${y}`;\n"),
      /other-adapter\/src\/a\.ts names the adapter some-adapter/,
    ],
    [
      "an adapter's name in the scripts",
      () => add("scripts/a.ts", `const x = "packages/some-adapter/README.md";\n`),
      /scripts\/a\.ts names the adapter some-adapter/,
    ],
    [
      "a package without a place in the order",
      () => addPackage("packages/surprise"),
      /packages\/surprise has no place in the order/,
    ],
    [
      "a package named unlike its folder",
      () => add("packages/core/package.json", `{ "name": "core", "version": "0.1.0" }`),
      /must be @ticketlock\/core/,
    ],
  ];
  test.each(faulty)("names %s", (_description, spoil, message) => {
    spoil();
    const faults = dependencyFaults(root);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(message);
  });
});
