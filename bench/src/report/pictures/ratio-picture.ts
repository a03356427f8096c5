import { scaleLog } from "d3-scale";
import { BROKEN_KIND } from "@ticketlock/core";
import { type Cell, isCounterCell, STEADY } from "../../plan/cell.ts";
import { type JudgedRatio, judgePairs, measuredOf } from "../../compare/judge-pairs.ts";
import type { Estimate } from "../../statistics/interval.ts";
import { judgedWords } from "../ratio-words.ts";
import { noiseSentence, type RunNoise } from "../run-noise.ts";
import { plural } from "../format.ts";
import { joinMarkup, type Markup } from "../markup.ts";
import type { ReportCell } from "../report.ts";
import { bottomAxis, type Plot } from "./axis.ts";
import { type Picture, pictureName } from "./picture.ts";
import type { SeriesOfLocks } from "./series.ts";
import { mark, rounded, shortened, svg } from "./svg.ts";
import { focusOf, isLock, referenceLock, sectionText } from "./works.ts";

const LEFT = 250;
const RIGHT = 532;
const TOP = 12;
const ROW = 22;
const AXIS = 44;
const NAME_CHARACTERS = 29;
/** Ticks; further out what is shaded would be too thin to be seen, so what lies beyond is an arrow at the edge. */
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
  /** Whether it can be told from the baseline; false of the baseline. */
  readonly isApart: boolean;
}

/**
 * Each lock's time per operation over that of one of them, with intervals, and as far as the same cell differed
 * that was measured twice: a picture for each length of section, without contention and with it. The ratios of a
 * picture are one family.
 */
export function ratioPictures(
  cells: readonly ReportCell[],
  noise: RunNoise,
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
        return [draw(some, base, { section, contenders, noise }, series)];
      });
    });
}

function draw(
  cells: readonly ReportCell[],
  base: ReportCell,
  { section, contenders, noise }: { section: number; contenders: number; noise: RunNoise },
  series: SeriesOfLocks,
): Picture {
  const rows = rowsBeside(base, cells, noise);
  const { floor } = noise;
  const ends = rows.flatMap(({ ratio }) => [
    ratio.value,
    ratio.low ?? ratio.value,
    ratio.high ?? ratio.value,
  ]);
  const least = Math.max(1 / FURTHEST, Math.min(1 / floor / 1.1, ...ends) / 1.05);
  const most = Math.min(FURTHEST, Math.max(floor * 1.1, ...ends) * 1.05);
  const x = scaleLog([least, most], [LEFT, RIGHT]).clamp(true);
  const plot: Plot = { left: LEFT, right: RIGHT, top: TOP, bottom: TOP + rows.length * ROW + 6 };
  return {
    name: pictureName("ratios", contenders, "contenders", section, "us"),
    topic: "Time per operation, as a ratio",
    subject: `beside ${nameOf(base)}; ${plural(contenders, "contender")}, ${sectionText(section)}`,
    caption: `Ratios on a logarithmic scale, with their intervals at Holm's levels for this picture; left of 1 is faster. Tie: cannot be told from the baseline. Shaded: x${(1 / floor).toFixed(2)} to x${floor.toFixed(2)}. ${noiseSentence(noise)}`,
    description: `${rows.map(spoken(base)).join("; ")}.`,
    height: plot.bottom + AXIS,
    body: joinMarkup([
      svg("rect", {
        class: "shade",
        x: x(1 / floor),
        y: plot.top,
        width: x(floor) - x(1 / floor),
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

/** The fastest first. */
function rowsBeside(base: ReportCell, cells: readonly ReportCell[], noise: RunNoise): Row[] {
  const others = cells.filter((cell) => cell !== base);
  const judged: JudgedRatio[] = judgePairs(
    others.map((cell) => [measuredOf(cell), measuredOf(base)] as const),
    noise,
  );
  const one = { value: 1, low: 1, high: 1, blocks: base.blocks.length };
  return [
    { cell: base, ratio: one, isApart: false },
    ...others.map((cell, i) => ({ cell, ...judged[i]! })),
  ].sort((a, b) => a.ratio.value - b.ratio.value);
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

function ratioText(row: Row, base: ReportCell): string {
  return row.cell === base ? "x1: the baseline" : judgedWords(row);
}

function spoken(base: ReportCell): (row: Row) => string {
  return (row) => `${nameOf(row.cell)}: ${ratioText(row, base)}`;
}

function nameOf({ lock, mode, adapter, runtime, role }: ReportCell): string {
  const where = role === "peer" ? runtime : adapter;
  return `${lock}${mode === "counter-async" ? " await" : ""}, ${where}`;
}
