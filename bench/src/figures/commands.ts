import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { BROKEN_KIND } from "@ticketlock/core";
import { candidates, ESSENTIAL_PRIORITY } from "../plan/candidates.ts";
import type { Cell } from "../plan/cell.ts";
import { type PresetName, presets } from "../plan/presets.ts";
import type { Report } from "../report/report.ts";
import { reportSchema } from "../report/schema.ts";
import { faults } from "../report/verdict.ts";
import { chooseAdapters, readCatalogue } from "../run/prepare.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

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
      const { output, code } = await run("bash", ["scripts/fresh-clone.sh"], root, signal);
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
        const { code } = await run(
          process.execPath,
          ["bench/src/main.ts", "--preset", preset, "--out", out],
          root,
          signal,
        );
        const tookS = (performance.now() - before) / 1_000;
        const report = readReport(join(out, "report.json"));
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

function readReport(file: string): Report | undefined {
  return existsSync(file) ? reportSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
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
  return {
    value,
    unit: "s",
    control: null,
    ratio: null,
    range: null,
    compared: value,
    detail,
    faults,
  };
}

/** Most of a command's output that is kept: its end. */
const KEPT_CHARACTERS = 1_000_000;

/** How long a command may take to stop once it has been asked to. */
const STOP_MS = 5_000;

/** Runs a command in a process group of its own, all of which is stopped with it when the signal aborts. */
function run(
  command: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<{ output: string; code: number | null }> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (text: string): void => void (output = (output + text).slice(-KEPT_CHARACTERS));
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    let force: NodeJS.Timeout | undefined;
    const kill = (): void => killGroup(child.pid, "SIGKILL");
    const stop = (): void => {
      killGroup(child.pid, "SIGTERM");
      force = setTimeout(kill, STOP_MS);
    };
    const settle = (): void => {
      clearTimeout(force);
      signal.removeEventListener("abort", stop);
      process.off("exit", kill);
    };
    signal.addEventListener("abort", stop, { once: true });
    process.once("exit", kill); // a group of its own does not hear the terminal's second Ctrl-C
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("close", (code) => {
      settle();
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ output, code });
    });
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // gone already
  }
}
