import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../src/cli/root.ts";
import type { Report } from "../src/report/report.ts";
import { mean } from "../src/statistics/interval.ts";

const FOLDER = join(ROOT, "bench", "results", "committed");

/** Where the reports of a preset lie that are committed, the latest last. */
export function committedReports(preset: string): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.startsWith(`${preset}-`))
    .sort()
    .map((name) => join(FOLDER, name));
}

/** How the blocks of a gate lay around their mean, as logarithms. */
export interface GateBlocks {
  readonly isAlone: boolean;
  readonly logarithms: readonly number[];
}

/**
 * The gates of a report. Of its JSON nothing but keys and block means is read, so that one of an earlier schema is as
 * good, as long as there is no other.
 */
export function gateBlocksOf(path: string): GateBlocks[] {
  const { cells } = JSON.parse(readFileSync(join(path, "report.json"), "utf8")) as Report;
  return cells
    .filter(({ gate, twin }) => gate && twin === 0)
    .map(({ contenders, blocks }) => {
      const logarithms = blocks.map(({ meanNs }) => Math.log(meanNs));
      const center = mean(logarithms);
      return {
        isAlone: contenders === 1,
        logarithms: logarithms.map((logarithm) => logarithm - center),
      };
    });
}
