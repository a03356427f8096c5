import { clockStepsText } from "./clock-step.ts";
import { digits } from "./format.ts";
import type { Report } from "./report.ts";

/** What is not in the tables: what was not measured, and why. */
export function remarks(report: Report): string[] {
  return [
    ...[...Map.groupBy(report.notMeasured, ({ why }) => why)].map(
      ([why, cells]) =>
        `Not measured, ${why.replace(/\.$/, "")}: ${named(cells.map(({ key }) => key))}.`,
    ),
    ...report.cells.flatMap((cell) =>
      cell.failures.slice(0, 1).map((why) => `Block failed: ${cell.key}: ${why}`),
    ),
    ...unknownContamination(report),
    ...(report.leftOut.length > 0
      ? [`Left out for want of time: ${report.leftOut.length} cells (named in the JSON report).`]
      : []),
  ];
}

function unknownContamination({ cells }: Report): string[] {
  const unknown = cells.filter((cell) => !cell.statistics.othersKnown).length;
  if (unknown === 0) return [];
  const where = unknown === cells.length ? "" : ` in ${unknown} of ${cells.length} cells (c?)`;
  return [
    `Contamination unknown${where}: no counter of the whole machine can be read there, so what others did meanwhile is not known.`,
  ];
}

/** Names the first few; all stand in the JSON report. */
function named(keys: readonly string[]): string {
  const first = keys.slice(0, 3).join(", ");
  return keys.length <= 3 ? first : `${first} and ${keys.length - 3} more`;
}

/** The machine's facts, in lines. */
export function environmentLines({
  environment: e,
  cells,
  preset,
  seed,
  windowMs,
}: Report): string[] {
  const versions = Object.entries(e.runtimes).map(([name, version]) => `${name} ${version}`);
  return [
    `Preset ${preset}, windows of ${windowMs} ms, seed ${seed}; took ${digits(e.tookMs / 1000)} s.`,
    `Machine ${e.machine}: ${e.cpuModel}, ${e.cores} cores, ${e.kernel}, hypervisor ${e.hypervisor ?? "none"}, governor ${e.governor ?? "unknown"}, clock ${e.clockSource ?? "unknown"} (${clockStepsText(cells)}), quota ${e.cgroupQuotaCores === null ? "none" : `${digits(e.cgroupQuotaCores)} cores`}.`,
    `Commit ${e.commit?.slice(0, 12) ?? "unknown"}${e.dirty === true ? " with changes" : ""}; ${versions.join(", ")}.`,
  ];
}
