import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Report } from "../report/report.ts";
import { renderFiles } from "../report/render-files.ts";
import { usageError } from "./usage-error.ts";

/** The folder of a report that starts now. */
export function resultsFolder(root: string, startedAt: Date = new Date()): string {
  return join(root, "bench", "results", startedAt.toISOString().slice(0, 19).replace(/:/g, "-"));
}

/** Makes the folder before anything is measured, so that a mistake costs no time. @throws {TicketlockError} `USAGE` */
export function prepareFolder(folder: string): void {
  try {
    makeFolders(resolve(folder));
  } catch (error) {
    throw usageError(
      `Cannot write a report to ${folder}: ${error instanceof Error ? error.message : String(error)}. Pass another folder to --out.`,
    );
  }
}

/** One by one: where a parent exists but takes no folder, as /proc does, Node's own recursive way never ends. */
function makeFolders(folder: string): void {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) mkdirSync(each);
  readdirSync(folder); // throws if it is something else than a folder
}

/** Writes the report's files; `latest` beside the folder then points at it, if it is one of the bench's own. */
export function writeReport(folder: string, report: Report, pointLatest: boolean): void {
  for (const { name, content } of renderFiles(report)) writeFileSync(join(folder, name), content);
  if (pointLatest) pointAt(folder);
}

function pointAt(folder: string): void {
  const latest = join(dirname(folder), "latest");
  const fresh = `${latest}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(basename(folder), fresh);
  renameSync(fresh, latest); // in one step: nobody finds it missing
}
