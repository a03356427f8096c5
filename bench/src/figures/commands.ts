import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
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
  preset: string,
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
        return seconds(
          tookS,
          `exit code ${code}`,
          code === 0 ? [] : [`the bench ended with ${code}`],
        );
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    },
  };
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

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, signal, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (text: string): void => void (output = (output + text).slice(-KEPT_CHARACTERS));
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.once("error", reject);
    child.once("close", (code) => resolve({ output, code }));
  });
}
