import { scaleLinear } from "d3-scale";
import { plural } from "../format.ts";
import { joinMarkup, type Markup } from "../markup.ts";
import type { ReportCell } from "../report.ts";
import { bottomAxis, type Plot } from "./axis.ts";
import { type Picture, pictureName } from "./picture.ts";
import type { SeriesOfLocks } from "./series.ts";
import { box, mark, rounded, shortened, svg } from "./svg.ts";
import { isLock, type Work, workTitle } from "./works.ts";

const LEFT = 150;
const RIGHT = 690;
const TOP = 30;
const BAR = 11;
const STEP = 14;
const GAP = 14;
const AXIS = 44;
const NAME_CHARACTERS = 17;

/** One contender's part of all operations. */
export interface Share {
  /** Of the windows together. */
  readonly share: number;
  /** In the window in which it was smallest, and largest. */
  readonly least: number;
  readonly most: number;
}

/**
 * What part of the operations each contender got under each lock of a work, at the largest number of
 * contenders; undefined where nobody had to share.
 */
export function sharesPicture(work: Work, series: SeriesOfLocks): Picture | undefined {
  const locks = work.cells.filter(isLock);
  const contenders = Math.max(...locks.map((cell) => cell.contenders));
  if (contenders < 2) return undefined;
  const rows = locks
    .filter((cell) => cell.contenders === contenders)
    .map((cell) => ({ cell, shares: sharesOf(cell) }));
  const most = Math.max(
    2 / contenders,
    ...rows.flatMap(({ shares }) => shares.map((one) => one.most)),
  );
  const x = scaleLinear([0, most], [LEFT, RIGHT]);
  const groupHeight = contenders * STEP + GAP;
  const plot: Plot = {
    left: LEFT,
    right: RIGHT,
    top: TOP - 8,
    bottom: TOP + rows.length * groupHeight - 4,
  };
  const fair = rounded(x(1 / contenders));
  return {
    name: pictureName("shares", work.adapter, work.mode, work.section, "us"),
    topic: "Who got how much",
    subject: `${workTitle(work)}, ${plural(contenders, "contender")}`,
    caption:
      "Each contender's part of all operations; the dotted line is an equal part. Whiskers reach from the window in which it was smallest to that in which it was largest.",
    description: rows.map(spoken).join(" "),
    height: plot.bottom + AXIS,
    body: joinMarkup([
      bottomAxis(
        { ticks: x.ticks(6), at: x, format: percent, label: "part of all operations" },
        plot,
      ),
      ...rows.map(({ cell, shares }, i) =>
        drawShares(cell, shares, TOP + i * groupHeight, x, series.of(cell).colour),
      ),
      svg("path", { class: "fair", d: `M${fair} ${plot.top}V${plot.bottom}` }),
      svg("text", { class: "tick middle", x: fair, y: plot.top - 6 }, "equal part"),
    ]),
  };
}

/** Each contender's share of a cell's operations. */
export function sharesOf({ blocks }: ReportCell): Share[] {
  const windows = blocks.flatMap((block) => block.windows.map(({ shares }) => shares));
  const total = windows.flat().reduce((sum, count) => sum + count, 0);
  const each = windows.map((shares) => {
    const all = shares.reduce((sum, count) => sum + count, 0);
    return shares.map((count) => (all === 0 ? 0 : count / all));
  });
  return windows[0]!.map((_, contender) => {
    const parts = each.map((shares) => shares[contender] ?? 0);
    const own = windows.reduce((sum, shares) => sum + (shares[contender] ?? 0), 0);
    return {
      share: total === 0 ? 0 : own / total,
      least: Math.min(...parts),
      most: Math.max(...parts),
    };
  });
}

function drawShares(
  { lock }: ReportCell,
  shares: readonly Share[],
  top: number,
  x: (share: number) => number,
  colour: string,
): Markup {
  return joinMarkup([
    svg("text", { class: "strong", x: 12, y: top + 10 }, shortened(lock, NAME_CHARACTERS)),
    ...shares.map(({ share, least, most }, i) => {
      const y = top + i * STEP;
      const [left, right] = [rounded(x(least)), rounded(x(most))];
      const middle = y + BAR / 2;
      return joinMarkup([
        svg("text", { class: "tick end", x: LEFT - 6, y: y + 10 }, String(i + 1)),
        mark(
          "path",
          { class: `bar ${colour}`, d: box(x(0), y, x(share) - x(0), BAR) },
          `${lock}, contender ${i + 1}: ${percent(share)}; ${percent(least)} to ${percent(most)} in a window`,
        ),
        svg("path", {
          class: "whisker",
          d: `M${left} ${middle - 3}v6M${right} ${middle - 3}v6M${left} ${middle}H${right}`,
        }),
      ]);
    }),
  ]);
}

function spoken({ cell, shares }: { cell: ReportCell; shares: readonly Share[] }): string {
  return `${cell.lock}: ${shares.map(({ share }, i) => `contender ${i + 1} ${percent(share)}`).join(", ")}.`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
