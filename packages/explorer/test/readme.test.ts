import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const packageFolder = dirname(import.meta.dirname);
const readme = readFileSync(join(packageFolder, "README.md"), "utf8");

/** The code that README saves as a file, and what README says that it prints. */
function example(file: string): { readonly code: string; readonly printed: string } {
  expect(readme).toContain(`node ${file}`);
  const [, code = "", printed = ""] =
    /```ts\n([^]*?)```[^]*?```text\n([^]*?)```/.exec(readme.slice(readme.indexOf(file))) ?? [];
  return { code, printed };
}

const mutex = "packages/explorer/mutex.ts";
const spin = "packages/explorer/spin.ts";

/** As a clone in which nothing has been installed. */
let clone: string;
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "explorer-readme-"));
  for (const part of ["package.json", "src"])
    cpSync(join(packageFolder, part), join(clone, "packages/explorer", part), { recursive: true });
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function run(file: string, source: string): string {
  writeFileSync(join(clone, file), source);
  return execFileSync(process.execPath, [file], { cwd: clone, encoding: "utf8" });
}

test.for([mutex, spin])("README's %s prints what stands there", (file) => {
  const { code, printed } = example(file);
  expect(run(file, code)).toBe(printed);
});

test("README's cure is one", () => {
  const { code } = example(mutex);
  const [bug, cure] = ["seen = Atomics.compareExchange(this.#word, 0, 0, 1);\n    }", "0, 0, 2)"];
  expect(code.split(bug)).toHaveLength(2);
  expect(readme).toContain(`\`Atomics.compareExchange(this.#word, ${cure}\``);
  expect(run(mutex, code.replace(bug, bug.replace("0, 0, 1)", cure)))).toMatch(
    /^proved, \d+ states\n$/,
  );
});

test("README's spinning lock fails as README says where it is not freed, or has no seam", () => {
  const { code } = example(spin);
  const kept = code.replace("  Atomics.store(word, 0, 0);\n", "");
  expect(run(spin, kept)).toContain("violation: nobody gets on; these go round for ever: ");
  const unmarked = code.replace("  seam,\n", "  maxStates: 10_000,\n");
  expect(run(spin, unmarked)).toMatch(/^unknown, /);
});
