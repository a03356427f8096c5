import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Adapter } from "@ticketlock/core";
import { processLauncher, type ProcessLauncherOptions } from "../src/process-launcher.ts";
import { type Runtime, runtimeCommand } from "../src/runtime.ts";

/** A limit against a hang, and no expectation. */
const LIMIT_MS = 20_000;
/** Deno asks before it imports what was not known when it started. */
const packages = fileURLToPath(new URL("../..", import.meta.url));

/** An adapter that has nothing but a launcher of this runtime. */
export function adapterOf(
  runtime: Runtime,
  options: Partial<ProcessLauncherOptions> = {},
): Adapter {
  const flags = (): string[] => (runtime === "deno" ? [`--allow-read=${packages}`] : []);
  return {
    name: runtime,
    url: new URL("nothing.ts", import.meta.url).href,
    launcher: processLauncher({ runtime, flags, ...options }),
    locks: [],
    stores: [],
  };
}

/** The suite's own workloads and entries. */
export function module(name: string): URL {
  return new URL(`${name}.ts`, import.meta.url);
}

/** Starts a program of this folder in a runtime that may do everything. */
export function startProgram(runtime: Runtime, name: string, ...args: string[]): ChildProcess {
  const flags = runtime === "deno" ? ["--allow-all"] : [];
  const path = fileURLToPath(module(`programs/${name}`));
  const command = runtimeCommand(runtime, flags, path, packages);
  return spawn(command.command, [...command.args, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What a program prints until it ends, and how it ends. */
export async function outputOf(
  child: ChildProcess,
): Promise<{ text: string; printed: string; code: unknown }> {
  let [text, printed] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (more: string) => (text += more));
  child.stderr!.setEncoding("utf8").on("data", (more: string) => (printed += more));
  const [code] = await once(child, "close");
  return { text, printed, code };
}

/** Waits until it holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`still not so after ${LIMIT_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** True once a process runs no more, also where nobody has asked after its end. */
export function isOver(id: number): boolean {
  try {
    const status = readFileSync(`/proc/${id}/stat`, "utf8");
    return /^\) [ZX]/.test(status.slice(status.lastIndexOf(")")));
  } catch {
    return true;
  }
}

/** Resident memory of this process, in MiB. */
export function residentMiB(): number {
  return process.memoryUsage().rss / 2 ** 20;
}
