import { scaleLog } from "d3-scale";
import { line } from "d3-shape";
import type { Histogram } from "hdr-histogram-js";
import { addHistograms, decodeHistograms } from "../../statistics/percentiles.ts";
import { percentileRangeText } from "../block-ranges.ts";
import { duration, plural } from "../format.ts";
import { joinMarkup, type Markup } from "../markup.ts";
import type { ReportCell } from "../report.ts";
import { bottomAxis, leftAxis, type Plot, logarithmicTicks, spread, withoutZeros } from "./axis.ts";
import { type Picture, pictureName } from "./picture.ts";
import { type Series, seriesAt, type SeriesOfLocks } from "./series.ts";
import { mark, rounded, shortened, svg } from "./svg.ts";
import { focusOf, isLock, type Work, workTitle } from "./works.ts";

const PLOT: Plot = { left: 72, right: 540, top: 34, bottom: 300 };
const HEIGHT = 346;
const NAME_CHARACTERS = 20;
/** As in tables: fewer samples beyond a percentile, and it says more about luck than about the lock. */
const LEAST_BEYOND = 10;
/** Shares beyond which the named percentiles stand. */
const NAMED = [0.5, 0.1, 0.01, 0.001, 0.0001];
/** Points of a line in each tenfold of the share beyond. */
const POINTS_PER_DECADE = 8;

/** One line: what it is of, and its samples. */
export interface Spectrum {
  readonly name: string;
  readonly series: Series;
  readonly histogram: Histogram;
  readonly blocks: readonly Histogram[];
}

/** What is told of a picture, and what the samples are. */
interface SpectrumWords extends Pick<Picture, "name" | "topic" | "subject" | "caption"> {
  readonly what: string;
}

/** A point of a line: what share of the samples lies beyond which time. */
interface Point {
  readonly beyond: number;
  readonly ns: number;
}

/** Percentiles of the sampled waits for each lock of a work, at the number of contenders that tells most. */
export function waitPicture(work: Work, series: SeriesOfLocks): Picture | undefined {
  const waited = work.cells.filter((cell) => isLock(cell) && cell.statistics.waitNs !== null);
  const focus = focusOf(waited);
  const spectra = waited
    .filter(({ contenders }) => contenders === focus)
    .map((cell) => {
      const blocks = decodeHistograms(cell.blocks.flatMap(({ check }) => check?.histogram ?? []));
      return {
        name: cell.lock,
        series: series.of(cell),
        histogram: addHistograms(blocks),
        blocks,
      };
    });
  return spectrumPicture(spectra, {
    name: pictureName("waits", work.adapter, work.mode, work.section, "us"),
    what: "waits",
    topic: "How long one waits",
    subject: `${workTitle(work)}, ${plural(focus, "contender")}`,
    caption:
      "From asking for the lock to having it, on logarithmic scales. A percentile is drawn only where 10 samples or more lie beyond it.",
  });
}

/** Percentiles of purchases that come at random times, from when each was meant to begin: a line for each share of what the lock can serve. */
export function openLoopPicture(cells: readonly ReportCell[]): Picture | undefined {
  const [first] = cells;
  if (first === undefined) return undefined;
  const spectra = cells.flatMap((cell, i) => {
    const blocks = decodeHistograms(cell.blocks.flatMap(({ load }) => load?.latencies ?? []));
    if (blocks.length === 0) return [];
    return [
      {
        name: `${cell.scenario.replace(/^open-/, "")} %`,
        series: seriesAt(i),
        histogram: addHistograms(blocks),
        blocks,
      },
    ];
  });
  return spectrumPicture(spectra, {
    name: pictureName("open-loop", first.adapter, first.lock),
    what: "purchases",
    topic: "Purchases that come at random times",
    subject: `${first.lock}, ${first.adapter} on ${first.runtime}`,
    caption:
      "Each line: so much of what the lock can serve at most. Time from when a purchase was meant to begin to its end, waiting in line included, on logarithmic scales.",
  });
}

function spectrumPicture(
  spectra: readonly Spectrum[],
  { what, ...words }: SpectrumWords,
): Picture | undefined {
  const drawn = spectra
    .map((spectrum) => ({ ...spectrum, points: pointsOf(spectrum.histogram) }))
    .filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return undefined;
  const times = drawn.flatMap(({ points }) => points.map(({ ns }) => ns));
  const [least, most] = [Math.min(...times) / 1.3, Math.max(...times) * 1.3];
  const smallest = Math.min(...drawn.flatMap(({ points }) => points.map(({ beyond }) => beyond)));
  const named = NAMED.filter((beyond) => beyond >= smallest * 0.999);
  const x = scaleLog([0.5, Math.min(smallest, 0.1)], [PLOT.left + 16, PLOT.right - 16]);
  const y = scaleLog([least, most], [PLOT.bottom, PLOT.top]);
  const ticks = logarithmicTicks(least, most);
  return {
    ...words,
    description: `${drawn.map(({ name, points }) => spoken(name, points)).join("; ")}.`,
    height: HEIGHT,
    body: joinMarkup([
      leftAxis({ ticks, at: y, format: (ns) => withoutZeros(duration(ns)), label: "time" }, PLOT),
      bottomAxis(
        { ticks: named, at: x, format: percentName, label: `share of ${what} that took no longer` },
        PLOT,
      ),
      ...drawn.map((spectrum) => drawLine(spectrum, spectrum.points, { x, y })),
      ...labels(drawn, { x, y }),
    ]),
  };
}

/** The percentiles that enough samples lie beyond, by falling share beyond. */
function pointsOf(histogram: Histogram): Point[] {
  const samples = histogram.totalCount;
  const least = LEAST_BEYOND / samples;
  const shares = new Set([
    ...NAMED,
    ...Array.from(
      { length: 4 * POINTS_PER_DECADE },
      (_, i) => 0.5 * 10 ** (-i / POINTS_PER_DECADE),
    ),
  ]);
  return [...shares]
    .filter((beyond) => beyond >= least * 0.999_999 && beyond >= NAMED.at(-1)!)
    .sort((a, b) => b - a)
    .map((beyond) => ({
      beyond,
      // What is shorter than the clock's step is told as one nanosecond: a logarithm has no 0.
      ns: Math.max(1, histogram.getValueAtPercentile(100 * (1 - beyond))),
    }));
}

interface Scales {
  readonly x: (beyond: number) => number;
  readonly y: (ns: number) => number;
}

function drawLine(
  { name, series: { colour, shape }, blocks }: Spectrum,
  points: readonly Point[],
  { x, y }: Scales,
): Markup {
  const path = line<Point>()
    .x(({ beyond }) => x(beyond))
    .y(({ ns }) => y(ns))
    .digits(1);
  return joinMarkup([
    svg("path", { class: `line ${colour}`, d: path(points) ?? "" }),
    ...points
      .filter(({ beyond }) => NAMED.includes(beyond))
      .map(({ beyond, ns }) =>
        mark(
          "path",
          {
            class: colour,
            transform: `translate(${rounded(x(beyond))} ${rounded(y(ns))})`,
            d: shape,
          },
          `${name}: ${percentName(beyond)} took at most ${duration(ns)}${percentileRangeText(blocks, 100 * (1 - beyond))}`,
        ),
      ),
  ]);
}

function labels(
  drawn: readonly (Spectrum & { readonly points: readonly Point[] })[],
  { x, y }: Scales,
): Markup[] {
  const ends = drawn.map(({ points }) => points.at(-1)!);
  const places = spread(
    ends.map(({ ns }) => y(ns)),
    16,
    { top: PLOT.top + 4, bottom: PLOT.bottom },
  );
  return drawn.map(({ name, series }, i) => {
    const end = ends[i]!;
    const at = places[i]!;
    return joinMarkup([
      svg("path", {
        class: "grid",
        d: `M${rounded(x(end.beyond) + 6)} ${rounded(y(end.ns))}L${PLOT.right + 6} ${rounded(at)}`,
      }),
      svg("path", {
        class: series.colour,
        transform: `translate(${PLOT.right + 13} ${rounded(at)})`,
        d: series.shape,
      }),
      svg("text", { x: PLOT.right + 22, y: at + 4 }, shortened(name, NAME_CHARACTERS)),
    ]);
  });
}

function percentName(beyond: number): string {
  return `${Number((100 * (1 - beyond)).toFixed(2))} %`;
}

function spoken(name: string, points: readonly Point[]): string {
  const told = points
    .filter(({ beyond }) => NAMED.includes(beyond))
    .map(({ beyond, ns }) => `${percentName(beyond)} within ${duration(ns)}`);
  return `${name}: ${told.join(", ")}`;
}
