import type { SectionTimes } from "../run/block.ts";
import { duration } from "./format.ts";
import type { ReportCell } from "./report.ts";

/**
 * From one contender's leaving to the entering of another that had asked before: whoever asked after the other had
 * left took a lock that was free. Negative where two clocks differ by more than it took.
 *
 * @param sections - in the order of entering
 */
export function handOffsNs(sections: readonly SectionTimes[]): number[] {
  return sections.slice(1).flatMap(([contender, asked, entered], i) => {
    const [before, , , left] = sections[i]!;
    return contender !== before && asked < left ? [entered - left] : [];
  });
}

/** What the clocks of two contenders may differ by: the most of all blocks. */
export function clockErrorOf({ blocks }: Pick<ReportCell, "blocks">): number {
  return Math.max(...blocks.map(({ clockErrorNs }) => clockErrorNs));
}

/** Half of the hand-offs took no longer, with what the clocks may differ by; null where that is no less. */
export function handOffText(cell: ReportCell): string | null {
  const median = cell.statistics.load?.handOffNs?.p50 ?? null;
  if (median === null) return null;
  const errorNs = clockErrorOf(cell);
  if (errorNs === 0) return duration(median);
  return errorNs >= median ? null : `${duration(median)} +-${duration(errorNs)}`;
}

/** The same with how many came out negative, in sentences; none where no hand-off was seen. */
export function handOffSentences(cell: ReportCell): string[] {
  const { load } = cell.statistics;
  if (load === null || load.handOffNs === null) return [];
  const negative = cell.blocks
    .flatMap((block) => handOffsNs(block.load?.sections ?? []))
    .filter((ns) => ns < 0).length;
  const errorNs = clockErrorOf(cell);
  const text = handOffText(cell);
  const clock =
    errorNs === 0
      ? "all on one clock"
      : `the clocks of two contenders may differ by ${duration(errorNs)}`;
  return [
    load.handOffNs.p50 === null
      ? `Hand-offs: ${load.handOffNs.samples}, too few to tell how long half of them took; ${clock}.`
      : text === null
        ? `Hand-offs: ${load.handOffNs.samples}; how long they took cannot be told, since ${clock}, and half took no longer than ${duration(load.handOffNs.p50)} by them.`
        : `Hand-offs: half of ${load.handOffNs.samples} took at most ${text}; ${clock}.`,
    ...(negative === 0
      ? []
      : [`${negative} came out negative, which shows the difference of the clocks.`]),
  ];
}
