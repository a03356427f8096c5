import { duration } from "../format.ts";
import type { Report, ReportCell } from "../report.ts";
import { noiseSentence, runNoise } from "../run-noise.ts";
import type { Table } from "../table.ts";

/** The twins of a run, and what they say of a difference between others. */
export function noiseTable({ cells }: Report): Table {
  const noise = runNoise(cells);
  const { twins, band } = noise;
  const timeOf = (key: string): string =>
    duration(cellOf(cells, key).statistics.nsPerOperation.value);
  return {
    title: "Noise floor: the same cell measured twice",
    head: ["cell", "first", "second", "ratio", "interval"],
    words: 1,
    rows: twins.map(({ key, ratio }) => [
      key,
      timeOf(key),
      timeOf(`${key}/twin`),
      `x${ratio.value.toFixed(3)}`,
      ratio.low === null || ratio.high === null
        ? "-"
        : `x${ratio.low.toFixed(3)} to x${ratio.high.toFixed(3)}`,
    ]),
    notes: [
      noiseSentence(noise),
      `A tie is what differs by no more than that, or whose interval reaches into x${(1 / band).toFixed(3)} to x${band.toFixed(3)}: as much as it takes so that no twins come out different, and never less than 3 %.`,
    ],
  };
}

function cellOf(cells: readonly ReportCell[], key: string): ReportCell {
  return cells.find((cell) => cell.key === key)!;
}
