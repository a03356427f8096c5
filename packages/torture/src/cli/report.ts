import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { replayLine } from "../run/kept-folder.ts";
import { writeWhole } from "../run/write-whole.ts";
import { legendOf, markdownTable, tableOf, terminalTable, thousands } from "../tally/table.ts";
import type { Tally, Violation } from "../tally/tally.ts";

/** What a run came to. */
export interface Result {
  readonly tally: Tally;
  readonly seed: number;
  readonly startedAt: Date;
  readonly tookMs: number;
  /** It was stopped before its end. */
  readonly partial: boolean;
  /** Of the code, by Git's names; several where a long run went on with another. */
  readonly revisions: readonly string[];
  /** What whoever reads the table must know, a sentence each. */
  readonly remarks: readonly string[];
  /** What a long run has reached; absent where none was asked for. */
  readonly goals?: readonly GoalLine[];
}

export interface GoalLine {
  readonly name: string;
  readonly done: number;
  readonly target: number;
  readonly tookMs: number;
}

/** What stands at the end of a run in a terminal. */
export function closingText(result: Result): string {
  const { tally, seed, partial, goals } = result;
  const rows = tally.rows;
  return [
    terminalTable(tableOf(rows)),
    "",
    ...legendOf(),
    "",
    ...tally.violations.map((violation) => violationLines(seed, violation)),
    ...(goals ?? []).map(goalLine),
    ...result.remarks,
    `${partial ? "Partial: stopped before its end. " : ""}${summary(result)}`,
  ].join("\n");
}

/** A violation, where it is kept, and how to play it again. */
export function violationLines(
  seed: number,
  { promise, round, cast, sentence, kept }: Violation,
): string {
  const where = cast === "" ? "" : ` on ${cast}`;
  return `VIOLATION of ${promise} in round ${round}${where}: ${sentence}\n  kept in ${kept}; to play it again (the same draws; timing differs): ${replayLine({ seed, round })}`;
}

function goalLine({ name, done, target, tookMs }: GoalLine): string {
  const state = done >= target ? "reached" : "open";
  return `goal ${state}: ${name}: ${thousands(done)} of ${thousands(target)}, in ${duration(tookMs)}`;
}

function summary({ tally, seed, tookMs, revisions }: Result): string {
  const { violations, rounds } = tally;
  const found = violations.length === 0 ? "no violation" : `${violations.length} violations`;
  return `Seed ${seed}: ${thousands(rounds)} rounds in ${duration(tookMs)}, ${found}; of revision ${revisions.join(", ")}. "Rate below": none seen in n trials bounds the rate at 3/n (95 %).`;
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** Writes `torture-DATE.json` and `.md` into a folder, both or none; their paths. @throws {Error} */
export function writeReport(folder: string, result: Result): string[] {
  const { tally, seed, startedAt, tookMs, partial, revisions, remarks, goals = [] } = result;
  const path = join(folder, `torture-${startedAt.toISOString().slice(0, 10)}`);
  const machine = `${cpus()[0]?.model ?? process.arch}, ${availableParallelism()} processors, ${process.platform}, Node ${process.version}`;
  const rows = tally.rows;
  const json = {
    tool: "ticketlock-torture",
    schemaVersion: 2,
    seed,
    revisions,
    remarks,
    startedAt: startedAt.toISOString(),
    tookMs,
    partial,
    machine,
    goals,
    ...tally.toJSON(),
  };
  const markdown = [
    `# Torture of ${startedAt.toISOString().slice(0, 10)}`,
    "",
    `${summary(result)} ${machine}.${partial ? " Partial: it was stopped before its end." : ""}`,
    "",
    ...remarks.flatMap((remark) => [remark, ""]),
    markdownTable(tableOf(rows)),
    "",
    ...legendOf().map((line) => `- ${line}`),
    "",
    ...(goals.length > 0 ? [markdownTable(goalTable(goals)), ""] : []),
    ...tally.violations.map(
      (violation) => `- ${violationLines(seed, violation).replace("\n ", ";")}`,
    ),
  ].join("\n");
  writeWhole([
    { path: `${path}.json`, content: `${JSON.stringify(json)}\n` },
    { path: `${path}.md`, content: `${markdown.trimEnd()}\n` },
  ]);
  return [`${path}.json`, `${path}.md`];
}

function goalTable(goals: readonly GoalLine[]): Parameters<typeof markdownTable>[0] {
  return {
    head: ["what the long run must reach", "done", "of", "took"],
    rows: goals.map(({ name, done, target, tookMs }) => [name, thousands(done), thousands(target), duration(tookMs)]), // prettier-ignore
  };
}
