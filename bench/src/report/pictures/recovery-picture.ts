import { scaleLinear } from "d3-scale";
import type { RecoveryRecord } from "../../run/block.ts";
import { median } from "../../statistics/interval.ts";
import { digits, duration, plural } from "../format.ts";
import { joinMarkup, type Markup } from "../markup.ts";
import type { ReportCell } from "../report.ts";
import { bottomAxis, type Plot, withoutZeros } from "./axis.ts";
import { type Picture, pictureName } from "./picture.ts";
import type { SeriesOfLocks } from "./series.ts";
import { box, mark, rounded, shortened, svg } from "./svg.ts";

const LEFT = 166;
const RIGHT = 690;
const TOP = 40;
const LANE = 56;
const GAP = 26;
const AXIS = 44;
const NAME_CHARACTERS = 17;

interface Lane {
  readonly cell: ReportCell;
  readonly record: RecoveryRecord;
}

/**
 * Grants of a lock before and after its holder was ended, each lock of an adapter a lane of its own; undefined
 * where nobody was ended.
 *
 * @param cells - of one adapter
 */
export function recoveryPicture(
  cells: readonly ReportCell[],
  series: SeriesOfLocks,
): Picture | undefined {
  const lanes = cells.flatMap((cell) => {
    const record = recoveryOf(cell);
    return record === undefined ? [] : [{ cell, record }];
  });
  const [first] = lanes;
  if (first === undefined) return undefined;
  const fromNs = Math.min(...lanes.map(({ record }) => -record.binsBefore * record.binNs));
  const toNs = Math.max(
    ...lanes.map(({ record }) => (record.grants.length - record.binsBefore) * record.binNs),
  );
  const x = scaleLinear([fromNs, toNs], [LEFT, RIGHT]);
  const plot: Plot = {
    left: LEFT,
    right: RIGHT,
    top: TOP - 12,
    bottom: TOP + lanes.length * (LANE + GAP) - GAP / 2,
  };
  const { adapter, runtime, contenders } = first.cell;
  return {
    name: pictureName("recovery", adapter),
    topic: "After a holder's end",
    subject: `${adapter} on ${runtime}, ${plural(contenders, "contender")}`,
    caption:
      "Grants in each stretch of time around the moment at which a contender was ended while it held the lock, per end. The gap to the right of the line is how long nobody got it.",
    description: lanes.map(spoken).join(" "),
    height: plot.bottom + AXIS,
    body: joinMarkup([
      bottomAxis(
        {
          ticks: x.ticks(8),
          at: x,
          format: milliseconds,
          label: "ms after the holder's end",
        },
        plot,
      ),
      ...lanes.map((lane, i) => drawLane(lane, TOP + i * (LANE + GAP), x, series)),
      svg("path", { class: "event", d: `M${rounded(x(0))} ${plot.top}V${plot.bottom}` }),
      svg("text", { class: "tick middle", x: x(0), y: plot.top - 8 }, "the holder is ended"),
    ]),
  };
}

/** A cell's blocks together, as far as they counted alike. */
function recoveryOf({ blocks }: ReportCell): RecoveryRecord | undefined {
  const records = blocks.flatMap(({ load }) => load?.recovery ?? []);
  const [first] = records;
  if (first === undefined) return undefined;
  const alike = records.filter(
    ({ binNs, binsBefore, grants }) =>
      binNs === first.binNs &&
      binsBefore === first.binsBefore &&
      grants.length === first.grants.length,
  );
  return {
    ...first,
    deaths: alike.reduce((sum, { deaths }) => sum + deaths, 0),
    grants: first.grants.map((_, bin) => alike.reduce((sum, { grants }) => sum + grants[bin]!, 0)),
    nextGrantNs: alike.flatMap(({ nextGrantNs }) => nextGrantNs),
  };
}

function drawLane(
  { cell, record }: Lane,
  top: number,
  x: (ns: number) => number,
  series: SeriesOfLocks,
): Markup {
  const { binNs, binsBefore, grants, deaths } = record;
  const most = Math.max(1, ...grants);
  const bottom = top + LANE;
  const width = x(binNs) - x(0);
  const { colour } = series.of(cell);
  return joinMarkup([
    svg("text", { class: "strong", x: 12, y: top + 14 }, shortened(cell.lock, NAME_CHARACTERS)),
    svg("text", { class: "tick", x: 12, y: top + 32 }, "next grant"),
    svg("text", { class: "tick", x: 12, y: top + 48 }, nextGrant(record)),
    svg("path", { class: "axis", d: `M${LEFT} ${bottom}H${RIGHT}` }),
    svg(
      "g",
      { class: `bar ${colour}` },
      ...grants.map((count, bin) => {
        if (count === 0) return joinMarkup([]);
        const height = (LANE * count) / most;
        const fromNs = (bin - binsBefore) * binNs;
        return mark(
          "path",
          { d: box(x(fromNs) + 0.5, bottom - height, Math.max(0.5, width - 1), height) },
          `${milliseconds(fromNs)} to ${milliseconds(fromNs + binNs)} ms: ${digits(count / Math.max(1, deaths))} per end`,
        );
      }),
    ),
  ]);
}

function spoken({ cell, record }: Lane): string {
  return `${cell.lock}: ${plural(record.deaths, "end")}, next grant ${nextGrant(record)}.`;
}

function milliseconds(ns: number): string {
  return withoutZeros(digits(ns / 1e6));
}

/** The middle one of all ends, and of how many. */
function nextGrant({ nextGrantNs }: RecoveryRecord): string {
  return nextGrantNs.length === 0
    ? "never seen"
    : `after ${duration(median(nextGrantNs))} (${nextGrantNs.length})`;
}
