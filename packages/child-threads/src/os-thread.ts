import { readFileSync, readlinkSync } from "node:fs";

/** A thread as the operating system knows it; both are 0 where it does not tell. */
export interface OsThread {
  readonly osThreadId: number;
  /** When it started, in clock ticks since boot, folded to 31 bits: ids are used again. */
  readonly osThreadStart: number;
}

/** The calling thread. Linux tells, unless its /proc is hidden, as by a runtime's permissions. */
export function osThread(): OsThread {
  // "<pid>/task/<tid>"
  const link = attempt(() => readlinkSync("/proc/thread-self"));
  const start = attempt(() => startTime(readFileSync("/proc/thread-self/stat", "latin1")));
  if (typeof link !== "string" || typeof start !== "number")
    return { osThreadId: 0, osThreadStart: 0 };
  return { osThreadId: Number(link.slice(link.lastIndexOf("/") + 1)), osThreadStart: start };
}

/** Whether a thread of this process still exists, also where nobody has been told of its end yet. */
export function osThreadState({
  osThreadId,
  osThreadStart,
}: OsThread): "alive" | "gone" | "unknown" {
  const start = attempt(() =>
    startTime(readFileSync(`/proc/self/task/${osThreadId}/stat`, "latin1")),
  );
  if (typeof start === "number") return start === osThreadStart ? "alive" : "gone";
  return start.code === "ENOENT" || start.code === "ESRCH" ? "gone" : "unknown";
}

/** Field 22 of /proc/<pid>/stat. Field 2, the name, may contain anything but ends with the last parenthesis. */
function startTime(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[19]) % 2 ** 31;
}

function attempt<T>(look: () => T): T | { readonly code: string } {
  try {
    return look();
  } catch (error) {
    return { code: String((error as { code?: unknown }).code) };
  }
}
