import { scaleLog } from "d3-scale";
import { BROKEN_KIND } from "@ticketlock/core";
import { type Cell, isCounterCell, STEADY } from "../../plan/cell.ts";
import { blockMeans } from "../../compare/block-means.ts";
import type { Estimate } from "../../statistics/interval.ts";
import { ratioEstimate } from "../../statistics/log-ratio.ts";
import { ratioWords } from "../ratio-words.ts";
import { plural } from "../format.ts";
import { joinMarkup, type Markup } from "../markup.ts";
import type { ReportCell } from "../report.ts";
import { bottomAxis, type Plot } from "./axis.ts";
import { type Picture, pictureName } from "./picture.ts";
import type { SeriesOfLocks } from "./series.ts";
import { mark, rounded, shortened, svg } from "./svg.ts";
import { focusOf, isLock, referenceLock, sectionText } from "./works.ts";

const LEFT = 250;
const RIGHT = 552;
const TOP = 12;
const ROW = 22;
const AXIS = 44;
const NAME_CHARACTERS = 29;
/** Ticks; further out the band of noise would be too thin to be seen, so what lies beyond is an arrow at the edge. */
const FACTORS: readonly number[] = [0.25, 0.33, 0.5, 0.7, 1, 1.4, 2, 3, 4];
const FINE_FACTORS: readonly number[] = [
  0.6, 0.7, 0.8, 0.9, 0.95, 1, 1.05, 1.1, 1.2, 1.3, 1.4, 1.5,
];
/** Up to this factor between the ends the fine ones have room. */
const FINE_RANGE = 2;
const FURTHEST = 4.2;
const ARROW = "M-4-5L6 0L-4 5z";
const CAP = 4;

interface Row {
  readonly cell: ReportCell;
  readonly ratio: Estimate;
}

/**
 * Each lock's time per operation over that of one of them, with intervals, and the band within which a ratio
 * is noise: a picture for each length of section, without contention and with it.
 *
 * @param band - the factor within which a ratio is noise: 1.05 means from 1/1.05 to 1.05
 */
export function ratioPictures(
  cells: readonly ReportCell[],
  band: number,
  series: SeriesOfLocks,
): Picture[] {
  const shown = cells.filter(
    (cell) =>
      cell.scenario === STEADY &&
      cell.twin === 0 &&
      isCounterCell(cell as Cell) &&
      (isLock(cell) || cell.role === "peer") &&
      cell.lock !== BROKEN_KIND,
  );
  const reference = referenceLock(shown);
  return [...Map.groupBy(shown, ({ section }) => section)]
    .sort(([a], [b]) => a - b)
    .flatMap(([section, group]) => {
      const focus = focusOf(group);
      return [...new Set([1, focus])].flatMap((contenders) => {
        const some = group.filter((cell) => cell.contenders === contenders);
        const base = some.find((cell) => isLock(cell) && cell.lock === reference) ?? some[0];
        if (base === undefined || some.length < 2) return [];
        return [draw(some, base, { section, contenders, band }, series)];
      });
    });
}

function draw(
  cells: readonly ReportCell[],
  base: ReportCell,
  { section, contenders, band }: { section: number; contenders: number; band: number },
  series: SeriesOfLocks,
): Picture {
  const rows = cells
    .map((cell) => ({ cell, ratio: ratioEstimate(blockMeans(cell), blockMeans(base)) }))
    .sort((a, b) => a.ratio.value - b.ratio.value);
  const ends = rows.flatMap(({ ratio }) => [
    ratio.value,
    ratio.low ?? ratio.value,
    ratio.high ?? ratio.value,
  ]);
  const least = Math.max(1 / FURTHEST, Math.min(1 / band / 1.1, ...ends) / 1.05);
  const most = Math.min(FURTHEST, Math.max(band * 1.1, ...ends) * 1.05);
  const x = scaleLog([least, most], [LEFT, RIGHT]).clamp(true);
  const plot: Plot = { left: LEFT, right: RIGHT, top: TOP, bottom: TOP + rows.length * ROW + 6 };
  return {
    name: pictureName("ratios", contenders, "contenders", section, "us"),
    topic: "Time per operation, as a ratio",
    subject: `beside ${nameOf(base)}; ${plural(contenders, "contender")}, ${sectionText(section)}`,
    caption: `Ratios with their 95 % intervals on a logarithmic scale; left of 1 is faster. Shaded: the noise of this run, x${(1 / band).toFixed(2)} to x${band.toFixed(2)}. What reaches into it is not told apart.`,
    description: `${rows.map(spoken(base)).join("; ")}.`,
    height: plot.bottom + AXIS,
    body: joinMarkup([
      svg("rect", {
        class: "shade",
        x: x(1 / band),
        y: plot.top,
        width: x(band) - x(1 / band),
        height: plot.bottom - plot.top,
      }),
      bottomAxis(
        {
          ticks: (most / least < FINE_RANGE ? FINE_FACTORS : FACTORS).filter(
            (factor) => factor >= least && factor <= most,
          ),
          at: x,
          format: (ratio) => `x${ratio}`,
          label: "time per operation, ratio",
        },
        plot,
      ),
      svg("path", { class: "fair", d: `M${rounded(x(1))} ${plot.top}V${plot.bottom}` }),
      ...rows.map((row, i) => drawRow(row, base, TOP + 4 + (i + 0.5) * ROW, x, series)),
    ]),
  };
}

function drawRow(
  row: Row,
  base: ReportCell,
  y: number,
  x: (ratio: number) => number,
  series: SeriesOfLocks,
): Markup {
  const { cell, ratio } = row;
  const { colour, shape } = series.of(cell);
  const at = x(ratio.value);
  const isBeyond = ratio.value > FURTHEST || ratio.value < 1 / FURTHEST;
  const arrow = ratio.value > 1 ? "" : " scale(-1 1)";
  return joinMarkup([
    svg("text", { class: "end", x: LEFT - 12, y: y + 4 }, shortened(nameOf(cell), NAME_CHARACTERS)),
    mark(
      "path",
      {
        class: colour,
        transform: `translate(${rounded(at)} ${rounded(y)})${isBeyond ? arrow : ""}`,
        d: isBeyond ? ARROW : whisker(ratio, at, x) + shape,
      },
      spoken(base)(row),
    ),
    svg("text", { class: "tick", x: RIGHT + 10, y: y + 4 }, ratioText(row, base)),
  ]);
}

function whisker({ low, high }: Estimate, at: number, x: (ratio: number) => number): string {
  if (low === null || high === null) return "";
  const [left, right] = [rounded(x(low) - at), rounded(x(high) - at)];
  return `M${left} ${-CAP}v${2 * CAP}M${right} ${-CAP}v${2 * CAP}M${left} 0H${right}`;
}

function ratioText({ cell, ratio }: Row, base: ReportCell): string {
  return cell === base ? "x1: the baseline" : ratioWords(ratio);
}

function spoken(base: ReportCell): (row: Row) => string {
  return (row) => `${nameOf(row.cell)}: ${ratioText(row, base)}`;
}

function nameOf({ lock, mode, adapter, runtime, role }: ReportCell): string {
  const where = role === "peer" ? runtime : adapter;
  return `${lock}${mode === "counter-async" ? " await" : ""}, ${where}`;
}
