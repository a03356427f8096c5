import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { usageError } from "../cli/usage-error.ts";
import { faultIn, histogramFaultIn } from "./fault-in.ts";
import { recomputed } from "./recomputed.ts";
import { type Report, SCHEMA_VERSION } from "./report.ts";
import { reportSchema } from "./schema.ts";

/** A longer text would hardly fit into one string of V8. */
const LARGEST_BYTES = 400 * 2 ** 20;
const FILE = "report.json";

/**
 * Reads a report, which is then whole, of this version's schema and without contradictions, and has its statistics
 * computed again from its blocks: what the file says of them counts for nothing.
 *
 * @param path - a report's JSON, or a folder that holds a report.json
 * @throws {TicketlockError} `USAGE`: one line that says what is wrong with it: nothing there, unreadable, no
 * report, of another schema, damaged
 */
export function readReport(path: string): Report {
  return checkedReport(path, readJson(path, locateReport(path)));
}

/** A value that was read from somewhere, as `readReport` gives it. @throws {TicketlockError} `USAGE` naming the path */
export function checkedReport(path: string, value: unknown): Report {
  checkMaker(path, value);
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) throw damaged(path, firstFault(parsed.error));
  const fault = faultIn(parsed.data);
  if (fault !== undefined) throw damaged(path, fault);
  try {
    return recomputed(parsed.data);
  } catch (error) {
    // Decoding takes most of the time of reading: it is done once, and looked into only where it fails.
    const where = histogramFaultIn(parsed.data);
    throw where === undefined ? error : damaged(path, where);
  }
}

function damaged(path: string, fault: string): Error {
  return usageError(
    `Cannot read ${path}: the report is damaged: ${fault}. Measure again, or restore the file.`,
  );
}

/** The file that a path means. @throws {TicketlockError} `USAGE` if there is none */
export function locateReport(path: string): string {
  const found = statOf(path);
  if (found === undefined)
    throw usageError(
      `Cannot read ${path}: no such file. Pass a report.json, or the folder of a report.`,
    );
  if (!found.isDirectory()) return path;
  const file = join(path, FILE);
  if (statOf(file) !== undefined) return file;
  throw usageError(
    `Cannot read ${path}: the folder has no ${FILE}. Pass the folder of a report, as bench/results/latest.`,
  );
}

function statOf(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readJson(path: string, file: string): unknown {
  const { size = 0 } = statOf(file) ?? {};
  if (size > LARGEST_BYTES)
    throw usageError(
      `Cannot read ${path}: it has ${Math.round(Number(size) / 2 ** 20)} MB, and no report is larger than ${LARGEST_BYTES / 2 ** 20} MB. Pass a report.json.`,
    );
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw usageError(
      `Cannot read ${path}: it is not JSON, or was cut off. Pass a report.json of pnpm bench.`,
    );
  }
}

/** Whether it is a report at all, and of a version that this one reads. */
function checkMaker(path: string, value: unknown): void {
  const { tool, schemaVersion } = (value ?? {}) as Record<string, unknown>;
  if (tool !== "ticketlock-bench" || !Number.isInteger(schemaVersion))
    throw usageError(
      `Cannot read ${path}: it is no report of this bench. Pass a report.json of pnpm bench.`,
    );
  const version = Number(schemaVersion);
  if (version > SCHEMA_VERSION)
    throw usageError(
      `Cannot read ${path}: it was made by a newer ticketlock: schema ${version}, this one reads ${SCHEMA_VERSION}. Update this one.`,
    );
  if (version < SCHEMA_VERSION)
    throw usageError(
      `Cannot read ${path}: it was made by an older ticketlock: schema ${version}, this one reads ${SCHEMA_VERSION}. Measure again with the options under environment.argv; two commits are compared by pnpm bench compare --worktree <ref>.`,
    );
}

/** The first thing that is wrong, with its place: `cells[3].key: expected string, received undefined`. */
export function firstFault({ issues }: z.ZodError): string {
  const [{ path, message }] = issues as [z.core.$ZodIssue];
  const place = path.length === 0 ? "at its top" : z.core.toDotPath(path);
  return `${place}: ${message.replace(/^Invalid input: /, "")}`;
}

function unreadable(path: string, error: unknown): Error {
  return usageError(
    `Cannot read ${path}: ${(error as Error).message}. Pass a report.json that can be read.`,
  );
}
