import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./programs/as-nobody.mjs", import.meta.url));

/**
 * Calls a function of the package as an unprivileged user, whom permissions stop, and returns what
 * came of it: `code message` of an error, or the value as JSON.
 */
export function asNobody(exported: string, ...callArguments: readonly unknown[]): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [program, exported, JSON.stringify(callArguments)],
    { encoding: "utf8", env: {} },
  );
  return stdout + stderr;
}

/** Who such a program runs as. */
export const NOBODY: number = process.getuid?.() === 0 ? 65_534 : (process.getuid?.() ?? 0);
