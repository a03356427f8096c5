import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const packageFolder = dirname(import.meta.dirname);
const readme = readFileSync(join(packageFolder, "README.md"), "utf8");
/** Below the package, so that it finds itself by its name; ignored by git. */
const folder = join(packageFolder, "test-results", "readme");

const [, code = "", printed = ""] =
  /## Example\n[^]*?```ts\n([^]*?)```\n[^]*?```text\n([^]*?)```/.exec(readme) ?? [];

beforeAll(() => mkdirSync(folder, { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(name: string, source: string): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return execFileSync(process.execPath, [file], { encoding: "utf8" });
}

test("README's example of somebody else's lock prints what stands there", () => {
  expect(run("example.ts", code)).toBe(printed);
});

test("README's cure is one", () => {
  const [bug, cure] = ["seen = Atomics.compareExchange(this.#word, 0, 0, 1);\n    }", "0, 0, 2)"];
  expect(code.split(bug)).toHaveLength(2);
  expect(readme).toContain(`\`Atomics.compareExchange(this.#word, ${cure}\``);
  expect(run("cured.ts", code.replace(bug, bug.replace("0, 0, 1)", cure)))).toMatch(
    /^proved, \d+ states\n$/,
  );
});
