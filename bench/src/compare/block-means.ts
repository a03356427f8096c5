import type { ReportCell } from "../report/report.ts";

/** With fewer, an interval is too wide to decide anything, and one odd block is a third of the evidence. */
export const LEAST_BLOCKS = 3;

/** The independent measurements of a cell: one mean time per operation, in nanoseconds, for each block. */
export function blockMeans({ blocks }: Pick<ReportCell, "blocks">): number[] {
  return blocks.map((block) => block.meanNs);
}

/** The same without the blocks that others disturbed; all of them where the machine does not tell. */
export function cleanBlockMeans({ blocks }: Pick<ReportCell, "blocks">): number[] {
  return blocks.filter((block) => !block.contaminated).map((block) => block.meanNs);
}
