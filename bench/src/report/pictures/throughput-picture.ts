import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { NONE_KIND } from "@ticketlock/core";
import { ORACLE } from "../../plan/cell.ts";
import { LEAST_COUNTS, uslAt } from "../../statistics/usl.ts";
import { plural, rate } from "../format.ts";
import { joinMarkup, type Markup } from "../markup.ts";
import type { ReportCell } from "../report.ts";
import { growthOf } from "../tables/growth-table.ts";
import {
  type Axis,
  bottomAxis,
  leftAxis,
  type Plot,
  logarithmicTicks,
  spread,
  withoutZeros,
} from "./axis.ts";
import { type Picture, pictureName } from "./picture.ts";
import type { SeriesOfLocks } from "./series.ts";
import { mark, rounded, shortened, svg } from "./svg.ts";
import { isLock, type Work, workTitle } from "./works.ts";

const PLOT: Plot = { left: 64, right: 560, top: 30, bottom: 290 };
const HEIGHT = 336;
/** From this factor between the largest and the smallest value on, the small ones would lie on the axis of a linear scale. */
const LOG_FROM = 12;
const FIT_POINTS = 24;
const NAME_CHARACTERS = 18;
/** What the controls are, for who meets them here first. */
const LABELS: Readonly<Record<string, string>> = {
  [NONE_KIND]: "none (unlocked)",
  [ORACLE]: "oracle (one for all)",
};

interface Curve {
  readonly lock: string;
  readonly isLock: boolean;
  /** By rising number of contenders. */
  readonly cells: readonly ReportCell[];
}

interface Scales {
  readonly x: (contenders: number) => number;
  readonly y: (perS: number) => number;
}

/** Operations per second against the number of contenders, a line for each lock; undefined where there is but one number. */
export function throughputPicture(
  work: Work,
  cores: number,
  series: SeriesOfLocks,
): Picture | undefined {
  const curves = curvesOf(work);
  const counts = [...new Set(work.cells.filter(isLock).map(({ contenders }) => contenders))].sort(
    (a, b) => a - b,
  );
  if (counts.length < 2) return undefined;
  const values = curves.flatMap(({ cells }) =>
    cells.flatMap(
      ({
        statistics: {
          throughputPerS: { value, low, high },
        },
      }) => [value, low ?? value, high ?? value],
    ),
  );
  const isLog = Math.max(...values) / Math.min(...values) >= LOG_FROM;
  const x = scaleLinear([counts[0]!, counts.at(-1)!], [PLOT.left + 16, PLOT.right - 16]);
  const { axis, y } = rateAxis(values, isLog);
  const fits = curves.flatMap((curve) => fitted(curve, { x, y }, series));
  const body = joinMarkup([
    ...oversubscribed(counts, cores, x),
    leftAxis(axis, PLOT),
    bottomAxis({ ticks: counts, at: x, format: String, label: "contenders" }, PLOT),
    ...fits,
    ...curves.map((curve) => curveMarks(curve, { x, y }, series)),
    ...endLabels(curves, { x, y }, series),
  ]);
  return {
    name: pictureName("throughput", work.adapter, work.mode, work.section, "us"),
    topic: "Throughput against contenders",
    subject: workTitle(work),
    caption: captionOf(isLog, fits.length > 0, refusedIn(curves)),
    description: `${curves
      .filter((curve) => curve.isLock)
      .map(spoken)
      .join("; ")}.`,
    height: HEIGHT,
    body,
  };
}

function captionOf(isLog: boolean, isFitted: boolean, refused: readonly string[]): string {
  return [
    `Operations of all contenders per second${isLog ? ", on a logarithmic scale" : ""}; bars are 95 % intervals.`,
    ...(isFitted
      ? [
          "Dashed: the Universal Scalability Law fitted to these points. It describes what was measured and foretells nothing.",
        ]
      : []),
    ...(refused.length === 0 ? [] : [`No fit: ${refused.join("; ")}.`]),
  ].join(" ");
}

/** Locks without a fit though they were measured often enough for one, and why. */
function refusedIn(curves: readonly Curve[]): string[] {
  return curves.flatMap(({ lock, isLock, cells }) => {
    if (!isLock || cells.length < LEAST_COUNTS) return [];
    const { why } = growthOf(cells);
    return why === null ? [] : [`${lock}, ${why}`];
  });
}

function curvesOf({ cells }: Work): Curve[] {
  return [...Map.groupBy(cells, ({ lock }) => lock)].map(([lock, group]) => ({
    lock,
    isLock: isLock(group[0]!),
    cells: [...group].sort((a, b) => a.contenders - b.contenders),
  }));
}

function rateAxis(
  values: readonly number[],
  isLog: boolean,
): { readonly axis: Axis; readonly y: Scales["y"] } {
  const range = [PLOT.bottom, PLOT.top];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const y = isLog
    ? scaleLog([least / 1.3, most * 1.3], range)
    : scaleLinear([0, most], range).nice(5);
  const ticks = isLog
    ? logarithmicTicks(least / 1.3, most * 1.3)
    : scaleLinear(y.domain(), range).ticks(5);
  return {
    axis: {
      ticks,
      at: y,
      format: (value) => withoutZeros(rate(value)),
      label: "operations per second",
    },
    y,
  };
}

function oversubscribed(
  counts: readonly number[],
  cores: number,
  x: Scales["x"],
): readonly Markup[] {
  const most = counts.at(-1)!;
  if (most <= cores) return [];
  const from = Math.max(PLOT.left, x(Math.max(cores, counts[0]! - 1) + 0.5));
  return [
    svg("rect", {
      class: "shade",
      x: from,
      y: PLOT.top,
      width: PLOT.right - from,
      height: PLOT.bottom - PLOT.top,
    }),
    svg(
      "text",
      { class: "tick end", x: PLOT.right - 6, y: PLOT.top - 12 },
      `shaded: more contenders than the ${plural(cores, "core")}`,
    ),
  ];
}

function curveMarks(curve: Curve, { x, y }: Scales, series: SeriesOfLocks): Markup {
  const { colour, shape } = series.of(curve.cells[0]!);
  const path = line<ReportCell>()
    .x((cell) => x(cell.contenders))
    .y((cell) => y(cell.statistics.throughputPerS.value))
    .digits(1);
  return joinMarkup([
    svg("path", { class: `line ${colour}`, d: path(curve.cells) ?? "" }),
    svg(
      "g",
      { class: colour },
      ...curve.cells.map((cell) => {
        const { value, low, high } = cell.statistics.throughputPerS;
        const at = y(value);
        const interval =
          low === null || high === null
            ? ""
            : `M0 ${rounded(y(low) - at)}V${rounded(y(high) - at)}`;
        return mark(
          "path",
          {
            transform: `translate(${rounded(x(cell.contenders))} ${rounded(at)})`,
            d: interval + shape,
          },
          `${cell.lock}, ${plural(cell.contenders, "contender")}: ${perSecond(cell)}`,
        );
      }),
    ),
  ]);
}

function fitted(curve: Curve, { x, y }: Scales, series: SeriesOfLocks): Markup[] {
  if (!curve.isLock) return [];
  const { fit } = growthOf(curve.cells);
  if (fit === null) return [];
  const first = curve.cells[0]!.contenders;
  const last = curve.cells.at(-1)!.contenders;
  const points = Array.from(
    { length: FIT_POINTS + 1 },
    (_, i) => first + ((last - first) * i) / FIT_POINTS,
  );
  const path = line<number>()
    .x((contenders) => x(contenders))
    .y((contenders) => y(uslAt(fit, contenders)))
    .digits(1);
  return [
    mark(
      "path",
      { class: `fit ${series.of(curve.cells[0]!).colour}`, d: path(points) ?? "" },
      `${curve.lock}: fit with sigma ${fit.sigma.toPrecision(2)}, kappa ${fit.kappa.toPrecision(2)}`,
    ),
  ];
}

function endLabels(
  curves: readonly Curve[],
  { x, y }: Scales,
  series: SeriesOfLocks,
): readonly Markup[] {
  const ends = curves.map(({ cells }) => {
    const last = cells.at(-1)!;
    return {
      x: x(last.contenders),
      y: y(last.statistics.throughputPerS.value),
      series: series.of(last),
    };
  });
  const places = spread(
    ends.map((end) => end.y),
    16,
    { top: PLOT.top + 4, bottom: PLOT.bottom },
  );
  return curves.map((curve, i) => {
    const end = ends[i]!;
    const at = places[i]!;
    return joinMarkup([
      svg("path", {
        class: "grid",
        d: `M${rounded(end.x + 6)} ${rounded(end.y)}L${PLOT.right + 6} ${rounded(at)}`,
      }),
      svg("path", {
        class: end.series.colour,
        transform: `translate(${PLOT.right + 13} ${rounded(at)})`,
        d: end.series.shape,
      }),
      svg(
        "text",
        { x: PLOT.right + 22, y: at + 4 },
        LABELS[curve.lock] ?? shortened(curve.lock, NAME_CHARACTERS),
      ),
    ]);
  });
}

function perSecond({ statistics: { throughputPerS } }: ReportCell): string {
  const { value, low, high } = throughputPerS;
  const interval = low === null || high === null ? "" : ` (${rate(low)} to ${rate(high)})`;
  return `${rate(value)}/s${interval}`;
}

function spoken({ lock, cells }: Curve): string {
  const points = cells.map(
    (cell) => `${rate(cell.statistics.throughputPerS.value)}/s with ${cell.contenders}`,
  );
  return `${lock}: ${points.join(", ")}`;
}
