import { readdirSync, readFileSync } from "node:fs";

/** The latest time in the histories of a folder, in nanoseconds; 0 if there is none. */
export function lastTimeIn(folder: string): bigint {
  let last = 0n;
  for (const name of readdirSync(folder)) {
    if (!/^(lock|store)-.*\.jsonl$/.test(name)) continue;
    const text = readFileSync(`${folder}/${name}`, "utf8");
    for (const [, time] of text.matchAll(/"(?:call|return)":"(\d+)"/g)) {
      const ns = BigInt(time!);
      if (ns > last) last = ns;
    }
  }
  return last;
}
