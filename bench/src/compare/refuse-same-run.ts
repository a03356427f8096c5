import { usageError } from "../cli/usage-error.ts";
import type { Report } from "../report/report.ts";

/**
 * Refuses two reports of one run, which agree whatever happened.
 *
 * @param task - what cannot be done with them
 * @throws {TicketlockError} `USAGE` if both began at the same time
 */
export function refuseSameRun(task: string, { environment: a }: Report, b: Report): void {
  if (a.startedAt === b.environment.startedAt)
    throw usageError(
      `Cannot ${task}: both reports are of the run of ${a.startedAt}, which agrees with itself. Pass those of two runs.`,
    );
}
