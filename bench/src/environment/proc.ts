import { readFileSync } from "node:fs";

/** Length of a tick in microseconds: the kernel shows all its ticks as 100 to a second. */
export const TICK_US = 10_000;

/** A file of the kernel's; empty where there is none, or where a runtime may not read it. */
export function procText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
