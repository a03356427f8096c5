import { randomUUID } from "node:crypto";
import { existsSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import type { RenderedFile } from "../report/render-files.ts";
import { ReportFolder } from "./report-folder.ts";

/** The folder of a report that starts now. */
export function resultsFolder(root: string, startedAt: Date = new Date()): string {
  return join(root, "bench", "results", startedAt.toISOString().slice(0, 19).replace(/:/g, "-"));
}

/**
 * Writes what was measured, which must not be lost: where its folder cannot be written, a folder among the
 * system's temporary files gets it.
 *
 * @param earlier - as of `ReportFolder.publish`
 * @throws {Error} saying where the files are, if that is not where they belong
 */
export function writeMeasured(
  folder: ReportFolder,
  files: readonly RenderedFile[],
  earlier: readonly string[] = [],
): void {
  try {
    folder.publish(files, earlier);
  } catch (error) {
    throw new Error(`${(error as Error).message} ${keep(files)}`, { cause: error });
  }
}

function keep(files: readonly RenderedFile[]): string {
  const path = join(tmpdir(), `ticketlock-report-${randomUUID().slice(0, 8)}`);
  try {
    new ReportFolder(path).publish(files);
    return `The report is kept in ${path}: move it from there.`;
  } catch {
    return `The report could not be kept in ${tmpdir()} either.`;
  }
}

/** Points `latest`, beside a report's folder, at it. @throws {Error} naming the report that it should point at */
export function pointLatest(folder: string): void {
  const latest = join(dirname(folder), "latest");
  const fresh = `${latest}.${process.pid}`;
  try {
    rmSync(fresh, { force: true });
    symlinkSync(basename(folder), fresh);
    renameSync(fresh, latest); // in one step: nobody finds it missing
  } catch (error) {
    if (existsSync(dirname(fresh))) rmSync(fresh, { force: true });
    throw new Error(
      `Cannot point ${latest} at the report: ${(error as Error).message}. The report is in ${folder}.`,
      { cause: error },
    );
  }
}
