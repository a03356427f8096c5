import { renderJson, renderReadable } from "../report/render-files.ts";
import type { Report } from "../report/report.ts";
import { earlierReportFiles } from "./earlier-report.ts";
import { ReportFolder } from "./report-folder.ts";
import { writeMeasured } from "./write-report.ts";

/** What became of a report's data. */
export interface PublishedData {
  /** They are where they belong. */
  readonly isWritten: boolean;
  /** A sentence each: what is wrong with them, or why they are not written, and where they are instead. */
  readonly failures: readonly string[];
}

/**
 * Writes what was measured, before anything is made of it that might fail; what an earlier report has left in the
 * folder, and what would not belong to these data, goes.
 */
export function publishData(folder: ReportFolder, report: Report): PublishedData {
  const { files, failures } = renderJson(report);
  try {
    writeMeasured(folder, files, earlierReportFiles(folder.path));
    return { isWritten: true, failures };
  } catch (error) {
    return { isWritten: false, failures: [...failures, (error as Error).message] };
  }
}

/** Renders a report whose data are written, beside them. @returns what could not be rendered or written, a sentence each */
export function publishReadable(path: string, report: Report): readonly string[] {
  const { files, failures } = renderReadable(report);
  try {
    new ReportFolder(path).publish(files);
    return failures;
  } catch (error) {
    return [...failures, `${(error as Error).message} The report.json of this run is there.`];
  }
}
