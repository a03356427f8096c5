import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type RunningCommand, startCommand } from "@ticketlock/conformance/kit";
import { onTestFinished } from "vitest";

export interface MainOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Starts the command as a user would. */
export function startMain(args: readonly string[], options?: MainOptions): RunningCommand {
  return startCommand([process.execPath, main, ...args], options);
}

/** A folder of the test's own. */
export function testFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "ticketlock-torture-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A workspace whose only adapter has this module. */
export function workspaceOf(moduleUrl: string): string {
  const root = testFolder();
  const folder = join(root, "packages", "some-adapter");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, "pnpm-workspace.yaml"), "packages:\n  - packages/*\n");
  const ticketlock = { adapter: "./adapter.ts", runtime: "node" };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "some-adapter", type: "module", ticketlock })); // prettier-ignore
  writeFileSync(join(folder, "adapter.ts"), `export { adapter } from ${JSON.stringify(moduleUrl)};\n`); // prettier-ignore
  return root;
}
