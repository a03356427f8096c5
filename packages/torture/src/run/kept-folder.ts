import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { timelineHtml } from "@ticketlock/history";
import type { Violation } from "../tally/tally.ts";
import type { PlayedRound } from "./round-player.ts";
import { writeWhole } from "./write-whole.ts";

/** The line that plays a round again. */
export function replayLine({
  seed,
  round,
}: {
  readonly seed: number;
  readonly round: number;
}): string {
  return `pnpm torture --seed ${seed} --round ${round}`;
}

const VIOLATIONS = "violations.json";

/** What a kept folder tells whoever counts violations: JSON. */
interface Kept {
  readonly keptAt: string;
  readonly seed: number;
  readonly violations: readonly Violation[];
}

/**
 * Keeps what a round has left in which something was found: what each client wrote, the histories as one file
 * each, a page with the timeline of a violation, and how to play the round again.
 *
 * @param kept - a folder of `makeKept`
 */
export function keepRound(kept: string, round: PlayedRound): void {
  const { plan, folder, reports, findings, histories } = round;
  if (plan.cast !== "") cpSync(folder, join(kept, "clients"), { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(kept, name), text);
  write(
    "replay.txt",
    `${replayLine(plan)}\nThe draws are the same; the timing differs by nature.\n`,
  );
  write("findings.txt", findings.map(({ promise, sentence }) => `${promise}: ${sentence}\n`).join("")); // prettier-ignore
  write("plan.json", `${JSON.stringify(plan, null, 1)}\n`);
  write("reports.json", `${JSON.stringify(reports, null, 1)}\n`);
  for (const { name, read } of histories) {
    write(`${name}.jsonl`, read.text);
    const wrong = read.verdict.objects.find(({ violation }) => violation !== undefined);
    if (wrong !== undefined) write(`${name}.html`, timelineHtml(read.history, wrong));
  }
}

/** Makes a folder for a round, which is another each time: to play a round again must not lose what was found first. */
export function makeKept(
  under: string,
  { seed, round }: { readonly seed: number; readonly round: number },
): string {
  const name = `${seed}-${round}`;
  mkdirSync(under, { recursive: true });
  for (let number = 1; ; number++) {
    const path = join(under, number === 1 ? name : `${name}.${number}`);
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Writes into a kept folder what was counted for it: first of all, so that it is counted whatever comes then. */
export function noteViolations(kept: string, seed: number, violations: readonly Violation[]): void {
  const content: Kept = { keptAt: new Date().toISOString(), seed, violations };
  writeWhole([{ path: join(kept, VIOLATIONS), content: `${JSON.stringify(content)}\n` }]);
}

/** Violations of a seed whose rounds were kept since a time: whoever kept them may have ended before it told of them. */
export function keptViolations(under: string, seed: number, since: string): Violation[] {
  if (!existsSync(under)) return [];
  return readdirSync(under).flatMap((name) => {
    const path = join(under, name, VIOLATIONS);
    if (!existsSync(path)) return [];
    const kept = JSON.parse(readFileSync(path, "utf8")) as Kept;
    return kept.seed === seed && kept.keptAt >= since ? kept.violations : [];
  });
}
