import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** Name of the file that tells whose a folder is. */
const OWNER = "owner.json";

/** A process, told from a later one with the same number and from one in another container. */
interface Owner {
  readonly pid: number;
  /** When it was started, in ticks since the machine was; null where nobody tells. */
  readonly startTime: string | null;
  /** Namespace in which the number is one; null where there are none. */
  readonly namespace: string | null;
}

/** Notes in a folder that it is this process's. */
export function own(folder: string): void {
  const owner: Owner = {
    pid: process.pid,
    startTime: startTimeOf(process.pid),
    namespace: namespaceOfThis(),
  };
  writeFileSync(join(folder, OWNER), JSON.stringify(owner), { mode: 0o600 });
}

/**
 * Removes folders whose names begin so and whose owners were killed before they could. One is left alone if its
 * owner lives, is another user's, or cannot be told.
 */
export function sweep(parent: string, prefix: string): void {
  const names = readdirSync(parent).filter((name) => name.startsWith(prefix));
  for (const folder of names.map((name) => join(parent, name))) {
    try {
      const stat = lstatSync(folder);
      if (!stat.isDirectory() || stat.uid !== process.getuid?.()) continue;
      if (isOver(JSON.parse(readFileSync(join(folder, OWNER), "utf8")) as Owner))
        rmSync(folder, { recursive: true, force: true });
    } catch {
      // One that is being made or removed by its owner.
    }
  }
}

function isOver({ pid, startTime, namespace }: Owner): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || namespace !== namespaceOfThis()) return false;
  if (startTime !== null) return startTimeOf(pid) !== startTime;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Field 22 of proc(5)'s stat; the second may hold anything, but ends with the last bracket. */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function namespaceOfThis(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}
