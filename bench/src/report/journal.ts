import { readFileSync } from "node:fs";
import { z } from "zod";
import { usageError } from "../cli/usage-error.ts";
import { type Cell, cellKey } from "../plan/cell.ts";
import type { BlockOutcome } from "../run/coordinator.ts";
import { buildCells, type CellRun } from "./build.ts";
import { unmeasured } from "./make-report.ts";
import { checkedReport, firstFault } from "./read-report.ts";
import type { Report } from "./report.ts";
import { blockSchema, cellSchema } from "./schema.ts";

/** By this the first line of a journal is known. */
export const JOURNAL_TOOL = "ticketlock-bench-journal";

/** A line of a journal behind its first. */
export type JournalEntry = BlockOutcome & {
  /** Since the run began. */
  readonly afterMs: number;
  readonly cell: Cell;
};

const entrySchema = z.object({
  afterMs: z.number().nonnegative(),
  cell: cellSchema,
  block: blockSchema.optional(),
  failure: z.string().optional(),
});

/**
 * Makes a report of the journal that a killed run has left. It is marked partial. A last line that was cut off counts
 * for nothing.
 *
 * @throws {TicketlockError} `USAGE`: one line that says what is wrong with it
 */
export function readJournal(path: string): Report {
  const [first, ...others] = linesOf(path);
  const { tool, report } = (parsed(path, first ?? "", 1) ?? {}) as Record<string, unknown>;
  if (tool !== JOURNAL_TOOL)
    throw usageError(
      `Cannot read ${path}: it is no journal of this bench. Pass a report.json, or the journal that a run has left.`,
    );
  const header = checkedReport(path, report);
  const entries = others.map((line, i) => entryOf(path, line, i + 2));
  const runs = runsOf(entries);
  let cells: Report["cells"];
  try {
    cells = buildCells(runs, header.environment.cores);
  } catch (error) {
    throw damaged(path, (error as Error).message);
  }
  const seen = new Set(runs.map(({ cell }) => cellKey(cell)));
  const tookMs = entries.at(-1)?.afterMs ?? header.environment.tookMs;
  return checkedReport(path, {
    ...header,
    environment: { ...header.environment, tookMs },
    partial: true,
    leftOut: header.leftOut.filter((key) => !seen.has(key)),
    notMeasured: [...header.notMeasured.filter(({ key }) => !seen.has(key)), ...unmeasured(runs)],
    cells,
  });
}

/** Those that are whole: each ends with a line feed. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").slice(0, -1);
  } catch (error) {
    throw usageError(
      `Cannot read ${path}: ${(error as Error).message}. Pass the journal that a run has left.`,
    );
  }
}

function runsOf(entries: readonly JournalEntry[]): CellRun[] {
  return [...Map.groupBy(entries, ({ cell }) => cellKey(cell)).values()].map((group) => ({
    cell: group[0]!.cell,
    blocks: group.flatMap((entry) => ("block" in entry ? entry.block : [])),
    failures: group.flatMap((entry) => ("failure" in entry ? entry.failure : [])),
  }));
}

function entryOf(path: string, line: string, number: number): JournalEntry {
  const { data, error } = entrySchema.safeParse(parsed(path, line, number));
  if (data === undefined) throw damaged(path, `line ${number}: ${firstFault(error)}`);
  const { block, failure = "no reason given", ...place } = data;
  return {
    ...(place as { afterMs: number; cell: Cell }),
    ...(block === undefined ? { failure } : { block }),
  };
}

function parsed(path: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw damaged(path, `line ${number} is not JSON`);
  }
}

function damaged(path: string, fault: string): Error {
  return usageError(`Cannot read ${path}: the journal is damaged: ${fault}.`);
}
