import { noiseFloor } from "../../compare/noise-floor.ts";
import { duration } from "../format.ts";
import type { Report, ReportCell } from "../report.ts";
import type { Table } from "../table.ts";

/** The twins of a run, and the band within which a ratio is noise. */
export function noiseTable({ cells }: Report): Table {
  const { twins, band } = noiseFloor(cells);
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
      `A ratio of x${(1 / band).toFixed(3)} to x${band.toFixed(3)} is noise: never less than 3 %, and as much as it takes so that no twins are called different.`,
    ],
  };
}

function cellOf(cells: readonly ReportCell[], key: string): ReportCell {
  return cells.find((cell) => cell.key === key)!;
}
