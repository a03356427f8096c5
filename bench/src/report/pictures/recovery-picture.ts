import { type ScaleLinear, scaleLinear } from "d3-scale";
import type { RecoveryRecord } from "../../run/block.ts";
import { digits, duration, plural } from "../format.ts";
import { joinMarkup, type Markup } from "../markup.ts";
import type { RecoveryStatistics, ReportCell } from "../report.ts";
import { bottomAxis, leftAxis, type Plot, withoutZeros } from "./axis.ts";
import { type Picture, pictureName } from "./picture.ts";
import type { SeriesOfLocks } from "./series.ts";
import { box, mark, rounded, shortened, svg } from "./svg.ts";

const LEFT = 184;
const RIGHT = 690;
const TOP = 46;
const LANE = 56;
const GAP = 26;
const AXIS = 44;
const NAME_CHARACTERS = 17;
/** A stretch narrower than this has no room for words. */
const WORDS_WIDTH = 80;
const MS = 1e6;

interface Lane {
  readonly cell: ReportCell;
  /** Of all blocks together. */
  readonly record: Omit<RecoveryRecord, "nextGrantNs">;
  readonly statistics: RecoveryStatistics;
}

/** Neighbouring bins, the last one excluded. */
interface Stretch {
  readonly first: number;
  readonly end: number;
}

/**
 * Grants to those who lived on around the order that ended a lock's holder, per millisecond and death: each lock
 * of an adapter a lane of its own, all on one scale. Undefined where nobody was ended.
 *
 * @param cells - of one adapter
 */
export function recoveryPicture(
  cells: readonly ReportCell[],
  series: SeriesOfLocks,
): Picture | undefined {
  const lanes = cells.flatMap(lanesOf);
  const [first] = lanes;
  if (first === undefined) return undefined;
  const fromNs = Math.min(...lanes.map(({ record }) => timeOf(record, 0)));
  const toNs = Math.max(...lanes.map(({ record }) => timeOf(record, record.grants.length)));
  const x = scaleLinear([fromNs, toNs], [LEFT, RIGHT]);
  const most = Math.max(...lanes.flatMap(({ record }) => ratesOf(record).map((rate) => rate ?? 0)));
  const height = scaleLinear([0, most === 0 ? 1 : most], [0, LANE]);
  const plot: Plot = {
    left: LEFT,
    right: RIGHT,
    top: TOP - 12,
    bottom: TOP + lanes.length * (LANE + GAP) - GAP / 2,
  };
  const { adapter, runtime, contenders } = first.cell;
  const isCovered = lanes.every(({ record }) => stretchesNotCovered(record).length === 0);
  return {
    name: pictureName("recovery", adapter),
    topic: "After a holder's end",
    subject: `${adapter} on ${runtime}, ${plural(contenders, "contender")}`,
    caption: `Grants per millisecond and death around the order that ends a contender while it holds the lock: time runs from that order, and only the others' grants are counted. The gap to the right of the line is how long nobody got it. Beside each lock: the median time from the order to the next grant, and how many deaths a grant followed.${isCovered ? "" : " Shaded: no window covers it."}`,
    description: lanes.map(spoken).join(" "),
    height: plot.bottom + AXIS,
    body: joinMarkup([
      bottomAxis(
        {
          ticks: x.ticks(8),
          at: x,
          format: milliseconds,
          label: "ms after the order that ends the holder",
        },
        plot,
      ),
      svg("text", { class: "tick", x: 12, y: plot.top - 14 }, "grants per ms and death"),
      ...lanes.map((lane, i) => drawLane(lane, TOP + i * (LANE + GAP), x, height, series)),
      svg("path", { class: "event", d: `M${rounded(x(0))} ${plot.top}V${plot.bottom}` }),
      svg(
        "text",
        { class: "tick middle", x: x(0), y: plot.top - 14 },
        "the order to end the holder",
      ),
    ]),
  };
}

/** A cell's blocks together, as far as they counted alike; none where nobody was ended. */
function lanesOf(cell: ReportCell): Lane[] {
  const statistics = cell.statistics.load?.recovery ?? null;
  const records = cell.blocks.flatMap(({ load }) => load?.recovery ?? []);
  const [first] = records;
  if (first === undefined || statistics === null) return [];
  const alike = records.filter(
    ({ binNs, binsBefore, grants }) =>
      binNs === first.binNs &&
      binsBefore === first.binsBefore &&
      grants.length === first.grants.length,
  );
  const sum = (of: (record: RecoveryRecord) => number): number =>
    alike.reduce((total, record) => total + of(record), 0);
  const { binNs, binsBefore } = first;
  const record = {
    binNs,
    binsBefore,
    deaths: sum(({ deaths }) => deaths),
    grants: first.grants.map((_, bin) => sum(({ grants }) => grants[bin]!)),
    covered: first.grants.map((_, bin) => sum(({ covered }) => covered[bin] ?? 0)),
  };
  return [{ cell, record, statistics }];
}

function drawLane(
  { cell, record, statistics }: Lane,
  top: number,
  x: (ns: number) => number,
  height: ScaleLinear<number, number>,
  series: SeriesOfLocks,
): Markup {
  const bottom = top + LANE;
  const { colour } = series.of(cell);
  const axis = {
    ticks: height.ticks(2),
    at: (rate: number): number => bottom - height(rate),
    format: (rate: number): string => withoutZeros(digits(rate)),
  };
  return joinMarkup([
    svg("text", { class: "strong", x: 12, y: top + 12 }, shortened(cell.lock, NAME_CHARACTERS)),
    ...nextGrant(statistics).map((line, i) =>
      svg("text", { class: "tick", x: 12, y: top + 28 + 15 * i }, line),
    ),
    leftAxis(axis, { left: LEFT, right: RIGHT, top, bottom }),
    ...stretchesNotCovered(record).map((stretch) => drawNotCovered(stretch, record, bottom, x)),
    svg("path", { class: "axis", d: `M${LEFT} ${bottom}H${RIGHT}` }),
    svg(
      "g",
      { class: `bar ${colour}` },
      ...ratesOf(record).map((rate, bin) => {
        if (rate === null || rate === 0) return joinMarkup([]);
        const from = x(timeOf(record, bin));
        const width = x(timeOf(record, bin + 1)) - from;
        return mark(
          "path",
          { d: box(from + 0.5, bottom - height(rate), Math.max(0.5, width - 1), height(rate)) },
          `${timesText(record, { first: bin, end: bin + 1 })}: ${digits(rate)} grants per ms and death${coverText(record, bin)}`,
        );
      }),
    ),
  ]);
}

function drawNotCovered(
  stretch: Stretch,
  record: Lane["record"],
  bottom: number,
  x: (ns: number) => number,
): Markup {
  const [from, to] = [x(timeOf(record, stretch.first)), x(timeOf(record, stretch.end))];
  return joinMarkup([
    svg(
      "g",
      { class: "shade" },
      mark(
        "path",
        { d: box(from, bottom - LANE, to - from, LANE) },
        `${timesText(record, stretch)}: not covered by any window`,
      ),
    ),
    ...(to - from < WORDS_WIDTH
      ? []
      : [
          svg(
            "text",
            { class: "tick middle", x: (from + to) / 2, y: bottom - LANE / 2 + 4 },
            "not covered",
          ),
        ]),
  ]);
}

/** Grants per millisecond and death in each bin; null where no window covers it. */
function ratesOf({ grants, covered, binNs }: Lane["record"]): (number | null)[] {
  return grants.map((count, bin) =>
    covered[bin] === 0 ? null : count / covered[bin]! / (binNs / MS),
  );
}

function stretchesNotCovered({ covered }: Lane["record"]): Stretch[] {
  const stretches: Stretch[] = [];
  covered.forEach((deaths, bin) => {
    if (deaths > 0) return;
    const last = stretches.at(-1);
    if (last?.end === bin) stretches[stretches.length - 1] = { first: last.first, end: bin + 1 };
    else stretches.push({ first: bin, end: bin + 1 });
  });
  return stretches;
}

/** Where a bin begins, in nanoseconds after the order. */
function timeOf({ binsBefore, binNs }: Lane["record"], bin: number): number {
  return (bin - binsBefore) * binNs;
}

function timesText(record: Lane["record"], { first, end }: Stretch): string {
  return `${milliseconds(timeOf(record, first))} to ${milliseconds(timeOf(record, end))} ms`;
}

function milliseconds(ns: number): string {
  return withoutZeros(digits(ns / MS));
}

function coverText({ covered, deaths }: Lane["record"], bin: number): string {
  return covered[bin] === deaths ? "" : `, of ${covered[bin]} of ${deaths} deaths`;
}

/** Two lines, and a third where there were deaths that nothing followed. */
function nextGrant({ deaths, recovered, medianNs }: RecoveryStatistics): string[] {
  if (recovered === 0) return ["no grant followed", `any of ${plural(deaths, "death")}`];
  return [
    `next grant: ${duration(medianNs)}`,
    `after ${recovered} of ${plural(deaths, "death")}`,
    ...(recovered < deaths ? [`no grant after ${deaths - recovered}`] : []),
  ];
}

function spoken({ cell, statistics: { deaths, recovered, medianNs } }: Lane): string {
  if (recovered === 0) return `${cell.lock}: no grant followed any of ${plural(deaths, "death")}.`;
  const without = recovered === deaths ? "" : `; none followed ${deaths - recovered}`;
  return `${cell.lock}: a grant followed ${recovered} of ${plural(deaths, "death")}, half of these within ${duration(medianNs)}${without}.`;
}
