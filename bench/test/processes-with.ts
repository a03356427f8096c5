import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** Other processes whose environment holds the marker: a command and everything that it has started. */
export function processesWith(marker: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(marker);
    } catch {
      return false; // gone meanwhile
    }
  });
}
