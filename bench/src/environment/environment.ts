import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Environment } from "../report/report.ts";
import { clockStepNs } from "../run/measured-window.ts";
import { publicText } from "../report/public-text.ts";
import { gitCall } from "./git-call.ts";
import { variablesThatMatter } from "./variables.ts";

/**
 * What a reader must know to judge or repeat a run. Hardware and versions only: no host name, no
 * user name, no path outside the workspace.
 *
 * @param root - top of the workspace
 * @param runtimes - versions of what was measured, by name
 * @param flags - with which processes of each adapter's runtime are started, by adapter
 */
export function describeEnvironment(
  root: string,
  argv: readonly string[],
  runtimes: Readonly<Record<string, string>>,
  flags?: Environment["flags"],
): Omit<Environment, "startedAt" | "tookMs"> {
  return {
    machine: machineId(),
    commit: git(root, "rev-parse", "HEAD"),
    dirty: dirtyFlag(root),
    lockfileHash: fileHash(join(root, "pnpm-lock.yaml")),
    argv: argv.map((argument) => publicText(argument, root)),
    runtimes: { ...runtimes },
    ...(flags === undefined ? {} : { flags }),
    variables: variablesThatMatter(root),
    cpuModel: cpuModel(),
    cores: os.availableParallelism(),
    threadsPerCore: threadsPerCore(),
    governor: firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    hypervisor: readHypervisor(),
    clockSource: firstLine("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    memoryBytes: os.totalmem(),
    cgroupQuotaCores: quotaCores(),
    clockStepNs: clockStepNs(() => process.hrtime.bigint()),
  };
}

/** A hash of this machine's hardware facts: 16 hexadecimal digits. */
export function machineId(): string {
  const gibibytes = Math.round(os.totalmem() / 2 ** 30);
  const facts = [cpuModel(), os.cpus().length, gibibytes, os.arch(), readHypervisor()];
  return hash(facts.join("|")).slice(0, 16);
}

function cpuModel(): string {
  return os.cpus()[0]?.model.trim() ?? "unknown";
}

function readHypervisor(): string | null {
  const cpuinfo = text("/proc/cpuinfo") ?? "";
  if (!/^flags.*\bhypervisor\b/m.test(cpuinfo)) return null;
  return (
    firstLine("/sys/hypervisor/type") ?? firstLine("/sys/class/dmi/id/sys_vendor") ?? "yes, unnamed"
  );
}

function threadsPerCore(): number | null {
  const siblings = firstLine("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list");
  if (siblings === null) return null;
  return siblings.split(",").reduce((sum, part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return sum + last - first + 1;
  }, 0);
}

function quotaCores(): number | null {
  const [quota, period] = (firstLine("/sys/fs/cgroup/cpu.max") ?? "").split(" ").map(Number);
  if (quota !== undefined && period !== undefined && quota > 0) return quota / period;
  const v1Quota = Number(firstLine("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") ?? "-1");
  const v1Period = Number(firstLine("/sys/fs/cgroup/cpu/cpu.cfs_period_us") ?? "0");
  return v1Quota > 0 && v1Period > 0 ? v1Quota / v1Period : null;
}

/** True if the tree differs from its commit; null where that cannot be known. @param root - its top */
export function dirtyFlag(root: string): boolean | null {
  const status = git(root, "status", "--porcelain");
  return status === null ? null : status !== "";
}

function git(root: string, ...words: string[]): string | null {
  try {
    const { args, options } = gitCall(root, ...words);
    return execFileSync("git", args, {
      ...options,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null; // not a checkout, or no git
  }
}

function fileHash(path: string): string | null {
  const content = text(path);
  return content === null ? null : hash(content);
}

function hash(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

function firstLine(path: string): string | null {
  return text(path)?.split("\n")[0]?.trim() ?? null;
}

function text(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
