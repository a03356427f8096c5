import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";

/**
 * The command line that starts pnpm for a workspace, of the major version that its package.json names: the
 * pnpm that runs this process, else the one on PATH, else one that npm gets.
 * @param root - top of the workspace
 */
export function pnpmCommand(root: string): readonly [file: string, ...args: string[]] {
  const major = majorOf(root);
  const { npm_execpath: runner = "" } = process.env;
  const candidates: (readonly [string, ...string[]])[] = [["pnpm"]];
  if (basename(runner).startsWith("pnpm"))
    candidates.unshift(/\.[cm]?js$/.test(runner) ? [process.execPath, runner] : [runner]);
  const isRight = ([file, ...args]: readonly [string, ...string[]]): boolean => {
    const { stdout = "" } = spawnSync(file, [...args, "--version"], {
      cwd: root,
      encoding: "utf8",
    });
    return String(stdout).startsWith(`${major}.`);
  };
  return candidates.find(isRight) ?? ["npx", "--yes", `pnpm@${major}`];
}

function majorOf(root: string): string {
  const { packageManager = "" } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly packageManager?: string;
  };
  return /^pnpm@(\d+)\./.exec(packageManager)?.[1] ?? "latest";
}
