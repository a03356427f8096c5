import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { timelineHtml } from "@ticketlock/history";
import type { PlayedRound } from "./round-player.ts";

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

/**
 * Keeps what a round has left in which something was found: what each client wrote, the histories as one file
 * each, a page with the timeline of a violation, and how to play the round again. Gives the folder.
 */
export function keepRound(under: string, round: PlayedRound): string {
  const { plan, folder, reports, findings, histories } = round;
  const kept = join(under, `${plan.seed}-${plan.round}`);
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
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
  return kept;
}
