import { scaleLinear } from "d3-scale";
import type { Noise } from "../../compare/judge-pairs.ts";
import { type CostSteps, costSteps, stepText, whyUnlockedIsSlower } from "../cost-steps.ts";
import { duration, plural } from "../format.ts";
import { joinMarkup, type Markup } from "../markup.ts";
import type { ReportCell } from "../report.ts";
import { bottomAxis, type Plot, withoutZeros } from "./axis.ts";
import { type Picture, pictureName } from "./picture.ts";
import type { SeriesOfLocks } from "./series.ts";
import { box, mark, rounded, shortened, svg } from "./svg.ts";
import { focusOf, type Work, workTitle } from "./works.ts";

const LEFT = 130;
const RIGHT = 440;
const TOP = 14;
const BAR = 14;
const STEP = 18;
const GROUP_GAP = 14;
const AXIS = 44;
const NAME_CHARACTERS = 15;

/** One step of the way from unlocked to locked. */
interface Step {
  readonly name: string;
  readonly fromNs: number;
  readonly toNs: number;
  readonly words: string;
}

/**
 * What a locked operation costs, step by step for each lock: unlocked, then what serialization adds or saves,
 * then what the lock adds. Undefined where no lock stands between its unlocked cell and its oracle.
 *
 * @param among - all cells of the report: the control that tells of cache lines belongs to no work
 */
export function costSplitPicture(
  work: Work,
  series: SeriesOfLocks,
  among: readonly ReportCell[],
  noise: Noise,
): Picture | undefined {
  const focus = focusOf(work.cells.filter(({ statistics }) => statistics.split !== null));
  const cells = work.cells.filter(
    ({ statistics, contenders }) => statistics.split !== null && contenders === focus,
  );
  if (cells.length === 0) return undefined;
  const judged = costSteps(cells, among, noise);
  const splits = cells.map((cell) => ({ cell, steps: stepsOf(cell, judged.get(cell.key)!) }));
  const most = Math.max(...splits.flatMap(({ steps }) => steps.map(({ toNs }) => toNs)));
  const x = scaleLinear([0, most], [LEFT, RIGHT]).nice(5);
  const groupHeight = STEP * 3 + GROUP_GAP;
  const plot: Plot = {
    left: LEFT,
    right: RIGHT,
    top: TOP - 6,
    bottom: TOP + splits.length * groupHeight,
  };
  return {
    name: pictureName("cost-split", work.adapter, work.mode, work.section, "us"),
    topic: "Where the cost comes from",
    subject: `${workTitle(work)}, ${plural(focus, "contender")}`,
    caption: [
      "Wall time per operation of all contenders. Serialization is the step from unlocked to one contender that does everybody's work. The rest is the lock's own tax. Ratios with half their intervals, at Holm's level for this picture; tie: the step cannot be told from none.",
      ...new Set(
        cells.flatMap((cell) => {
          const why = whyUnlockedIsSlower(judged.get(cell.key)!);
          return why === undefined ? [] : [`Where serialization is negative: ${why}.`];
        }),
      ),
    ].join(" "),
    description: splits.map(({ cell, steps }) => spoken(cell, steps)).join(" "),
    height: plot.bottom + AXIS,
    body: joinMarkup([
      bottomAxis(
        {
          ticks: x.ticks(5),
          at: x,
          format: (ns) => withoutZeros(duration(ns)),
          label: "time per operation",
        },
        plot,
      ),
      ...splits.map(({ cell, steps }, i) =>
        drawSteps(cell.lock, steps, TOP + i * groupHeight, x, series.of(cell).colour),
      ),
    ]),
  };
}

function stepsOf({ statistics }: ReportCell, judged: CostSteps): Step[] {
  const split = statistics.split!;
  return [
    { name: "unlocked", fromNs: 0, toNs: split.unlockedNs, words: duration(split.unlockedNs) },
    {
      name: "serialization",
      fromNs: split.unlockedNs,
      toNs: split.oracleNs,
      words: stepText(split.serializationNs, judged.serialization),
    },
    {
      name: "the lock's tax",
      fromNs: split.oracleNs,
      toNs: split.lockedNs,
      words: stepText(split.lockTaxNs, judged.lockTax),
    },
  ];
}

function drawSteps(
  lock: string,
  steps: readonly Step[],
  top: number,
  x: (ns: number) => number,
  colour: string,
): Markup {
  return joinMarkup([
    svg("text", { class: "strong", x: 12, y: top + 12 }, shortened(lock, NAME_CHARACTERS)),
    ...steps.map(({ name, fromNs, toNs, words }, i) => {
      const y = top + i * STEP;
      const [left, right] = [x(fromNs), x(toNs)].sort((a, b) => a - b) as [number, number];
      const tail = i === steps.length - 1 ? "" : `M${rounded(x(toNs))} ${y}v${STEP + BAR}`;
      return joinMarkup([
        svg("path", { class: "axis", d: tail }),
        mark(
          "path",
          {
            class: `bar ${i === 2 ? colour : "control"}`,
            // A step of nothing still shows where it stands.
            d: box(left, y, Math.max(1, right - left), BAR),
          },
          `${lock}, ${name}: ${words}`,
        ),
        svg("text", { class: "tick", x: right + 8, y: y + 11 }, `${name} ${words}`),
      ]);
    }),
  ]);
}

function spoken({ lock }: ReportCell, steps: readonly Step[]): string {
  return `${lock}: ${steps.map(({ name, words }) => `${name} ${words}`).join(", ")}.`;
}
