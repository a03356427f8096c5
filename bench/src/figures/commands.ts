import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { BROKEN_KIND } from "@ticketlock/core";
import { candidates } from "../plan/candidates.ts";
import type { Cell } from "../plan/cell.ts";
import { type PresetName, presets } from "../plan/presets.ts";
import { ESSENTIAL_PRIORITY } from "../plan/priorities.ts";
import type { Report } from "../report/report.ts";
import { readReport } from "../report/read-report.ts";
import { faults } from "../report/verdict.ts";
import { chooseAdapters, readCatalogue } from "../run/prepare.ts";
import { absolute, type Figure, type FigureContext, type Measurement } from "./figure.ts";
import { runInGroup } from "../cli/run-in-group.ts";

/** How long a command of the project takes. */
export const commandTimes: readonly Figure[] = [
  benchTime("bench-quick", "pnpm bench (quick): at most 3 minutes", "quick", 180, false),
  benchTime("bench-smoke", "pnpm bench --preset smoke: at most 30 s", "smoke", 30, false),
  {
    name: "set-up",
    claim: "Set-up from nothing (fresh clone, empty package store): at most 90 s",
    limit: { kind: "at-most", value: 90 },
    needs: {},
    onlyWhenNamed: true,
    async measure({ root, signal }: FigureContext): Promise<Measurement> {
      const { output, code } = await runInGroup("bash", ["scripts/fresh-clone.sh"], root, signal);
      const times = [...output.matchAll(/set-up ([\d.]+) s/g)].map((match) => Number(match[1]));
      const slowest = Math.max(...times);
      const faults = [
        ...(code === 0 ? [] : [`scripts/fresh-clone.sh ended with ${code}`]),
        ...(times.length > 0 ? [] : ["scripts/fresh-clone.sh printed no set-up time"]),
      ];
      return seconds(
        times.length > 0 ? slowest : Infinity,
        `${times.length} fresh clones, the slowest counts`,
        faults,
      );
    },
  },
];

function benchTime(
  name: string,
  claim: string,
  preset: PresetName,
  limitS: number,
  onlyWhenNamed: boolean,
): Figure {
  return {
    name,
    claim,
    limit: { kind: "at-most", value: limitS },
    needs: {},
    onlyWhenNamed,
    async measure({ root, signal }: FigureContext): Promise<Measurement> {
      const out = mkdtempSync(join(tmpdir(), "ticketlock-figures-"));
      try {
        const before = performance.now();
        const { code } = await runInGroup(
          process.execPath,
          ["bench/src/main.ts", "--preset", preset, "--out", out],
          root,
          signal,
        );
        const tookS = (performance.now() - before) / 1_000;
        const report = existsSync(join(out, "report.json")) ? readReport(out) : undefined;
        const wanted = await requiredCells(root, preset, signal);
        return seconds(tookS, `exit code ${code}, ${report?.cells.length ?? 0} cells measured`, [
          ...(code === 0 ? [] : [`the bench ended with ${code}`]),
          ...(report === undefined ? ["it wrote no report"] : reportFaults(report, wanted)),
        ]);
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    },
  };
}

/** A lock or control whose counter cell must be in a report. */
type Required = Pick<Cell, "adapter" | "lock" | "contenders">;

/** What no run goes without. */
async function requiredCells(
  root: string,
  preset: PresetName,
  signal: AbortSignal,
): Promise<Required[]> {
  const catalogue = await readCatalogue(chooseAdapters(root, undefined), signal);
  return catalogue.flatMap((entry) => {
    const essential = candidates(entry, presets[preset], {}).filter(
      ({ priority, cell }) => cell.role === "lock" && priority <= ESSENTIAL_PRIORITY,
    );
    return essential.map(({ cell }) => cell);
  });
}

/**
 * What a run left out to keep to its time: it stops by itself at its budget, so its length alone
 * says little.
 */
export function reportFaults(report: Report, wanted: readonly Required[]): string[] {
  const isMeasured = ({ adapter, lock, contenders }: Required): boolean =>
    report.cells.some(
      (cell) =>
        cell.adapter === adapter &&
        cell.lock === lock &&
        cell.contenders === contenders &&
        cell.role !== "sale",
    );
  return [
    ...(report.partial ? ["it ended before all blocks were measured"] : []),
    ...(report.cells.some(({ lock }) => lock === BROKEN_KIND)
      ? []
      : ["the broken control was measured nowhere"]),
    ...wanted
      .filter((cell) => !isMeasured(cell))
      .map(
        ({ adapter, lock, contenders }) =>
          `no cell of ${lock} with ${contenders} of ${adapter} was measured`,
      ),
    ...faults(report),
  ];
}

function seconds(value: number, detail: string, faults: readonly string[]): Measurement {
  return { ...absolute(value, "s"), detail, faults };
}
