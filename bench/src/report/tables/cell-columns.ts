import { duration, margin, rate, violationText } from "../format.ts";
import type { ReportCell } from "../report.ts";
import { isUnsettled } from "../warmth.ts";

/** Throughput with half its interval, time per operation, CPU time per operation. */
export function throughput({ statistics }: ReportCell): string[] {
  const { throughputPerS, nsPerOperation, cpuSecondsPerOperation } = statistics;
  return [
    rate(throughputPerS.value),
    margin(throughputPerS),
    duration(nsPerOperation.value),
    cpuSecondsPerOperation === null ? "-" : duration(cpuSecondsPerOperation * 1e9),
  ];
}

/** Tickets oversold, updates lost, overlaps: beside every throughput. */
export function correctness({ checks }: ReportCell): string[] {
  return [
    violationText(checks.oversold),
    violationText(checks.lostUpdates),
    violationText(checks.overlaps),
  ];
}

/** `NOTES` says what the letters mean. */
export function notesOf(cell: ReportCell): string {
  const { contaminatedBlocks, othersKnown } = cell.statistics;
  return [
    cell.oversubscribed ? "o" : "",
    othersKnown ? "" : "c?",
    contaminatedBlocks > 0 ? `c${contaminatedBlocks}` : "",
    cell.failures.length > 0 ? `f${cell.failures.length}` : "",
    isUnsettled(cell.blocks) ? "w" : "",
    cell.twin > 0 ? "t" : "",
  ]
    .filter((note) => note !== "")
    .join(" ");
}

/** The note on what `notesOf` gives. */
export const NOTES =
  "Notes: o = more contenders than cores, c2 = two blocks disturbed by others, c? = not known, f = blocks failed, w = most contenders had not settled after their warm-up, t = twin.";

/** Section, then contenders, then locks before their controls. */
export function byPlace(a: ReportCell, b: ReportCell): number {
  const roles = ["lock", "sale", "control", "peer"];
  return (
    a.section - b.section ||
    Number(a.mode === "counter-async") - Number(b.mode === "counter-async") ||
    a.contenders - b.contenders ||
    roles.indexOf(a.role) - roles.indexOf(b.role) ||
    a.key.localeCompare(b.key)
  );
}
