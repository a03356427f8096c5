import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readReport } from "../../bench/src/report/read-report.ts";
import { SCHEMA_VERSION } from "../../bench/src/report/report.ts";
import { renderTerminal } from "../../bench/src/report/terminal.ts";
import type { GeneratedFile } from "../generate.ts";

const README = "README.md";
const COMMITTED = "bench/results/committed";
/** From the mark in front of what the bench printed to the end of its text. */
const OUTPUT = /(?<=<!-- bench output -->\n[^`]*```text\n).*?(?=```\n\n<!-- \/bench output -->)/s;

/**
 * What the bench prints of the latest quick report that is committed, in the README. Nothing where that report is of
 * another schema: then no text can be made of it, and a test of the bench fails until another one is committed.
 *
 * @throws Error if there is no such report, or no place for what it prints
 */
export function generate(root: string): readonly GeneratedFile[] {
  const latest = readdirSync(join(root, COMMITTED))
    .filter((name) => name.startsWith("quick-"))
    .sort()
    .at(-1);
  if (latest === undefined)
    throw new Error(`cannot fill in what the bench prints: ${COMMITTED} has no quick report`);
  const path = join(root, COMMITTED, latest);
  const { schemaVersion } = JSON.parse(readFileSync(join(path, "report.json"), "utf8")) as {
    readonly schemaVersion: number;
  };
  if (schemaVersion !== SCHEMA_VERSION) return [];
  const content = readFileSync(join(root, README), "utf8");
  if (!OUTPUT.test(content))
    throw new Error(
      `cannot fill in what the bench prints: ${README} has no text between <!-- bench output --> and <!-- /bench output -->`,
    );
  const printed = renderTerminal(readReport(path), false);
  return [{ path: README, content: content.replace(OUTPUT, () => printed) }];
}
