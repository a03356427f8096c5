import { duration } from "./format.ts";
import type { ReportCell } from "./report.ts";

/**
 * What a time that one adapter's contenders took can be trusted to, in nanoseconds: the smallest step that any block of
 * the adapter saw of its clock. Each block looks before its clock is warm, so that what most of them saw is the time of
 * a cold call, two or three times the median wait that the same clock tells afterwards. 0 where the adapter has no cell.
 *
 * @param cells - all cells of a report
 */
export function clockStepNs(
  cells: readonly ReportCell[],
  { adapter, role }: Pick<ReportCell, "adapter" | "role">,
): number {
  const steps = cells
    .filter((cell) => cell.adapter === adapter && (cell.role === "peer") === (role === "peer"))
    .flatMap(({ blocks }) => blocks.map((block) => block.clockStepNs));
  return steps.length === 0 ? 0 : Math.min(...steps);
}

/** The same of all adapters, from the smallest to the largest: `step 40.0 ns`, `steps of 40.0 ns to 230 ns`. */
export function clockStepsText(cells: readonly ReportCell[]): string {
  const own = cells.filter(({ role }) => role !== "peer");
  if (own.length === 0) return "step unknown";
  const adapters = Map.groupBy(own, ({ adapter }) => adapter);
  const steps = [...adapters.values()].map(([first]) => clockStepNs(own, first!));
  const [least, most] = [duration(Math.min(...steps)), duration(Math.max(...steps))];
  return least === most ? `step ${least}` : `steps of ${least} to ${most}`;
}
