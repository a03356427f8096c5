import { scaleLinear } from "d3-scale";
import { NONE_KIND } from "@ticketlock/core";
import type { BlockResult, LoadRecord, SectionTimes } from "../../run/block.ts";
import { duration, plural } from "../format.ts";
import { joinMarkup, type Markup } from "../markup.ts";
import type { ReportCell } from "../report.ts";
import { bottomAxis, type Plot } from "./axis.ts";
import { type Picture, PICTURE_WIDTH, pictureName } from "./picture.ts";
import { box, mark, svg } from "./svg.ts";
import { chooseSlices, longestWaitNs, overlapsOf, type TimelineSlice } from "./timeline-slice.ts";

const SLICE_NS = 50e6;
const LEFT = 92;
const RIGHT = PICTURE_WIDTH - 16;
const HEADING = 22;
const LANE = 17;
const LANE_GAP = 5;
/** Waiting is drawn as a bar so much lower than holding, so that shape tells them apart as well. */
const WAIT_INSET = 5;
const AXIS = 34;
const LABEL = 14;
const INSIDE = 16;
const LEGEND = 28;
/** Room that `3` and `up to 3 inside` need. */
const COUNT_WIDTH = 9;
const WORDS_WIDTH = 84;

/** One cell's stretch of time. */
interface Panel {
  readonly heading: string;
  readonly slice: TimelineSlice;
  readonly contenders: number;
  readonly clockErrorNs: number;
}

/**
 * Who waits and who holds, contender by contender, from the times of real sections: a typical stretch of a
 * lock, the same work without a lock where that was measured, and the lock's stretch with the longest wait.
 * Undefined where no section's times were kept.
 *
 * @param unlocked - the cell of the same scenario without a lock
 */
export function timelinePicture(
  cell: ReportCell,
  unlocked: ReportCell | undefined,
): Picture | undefined {
  const panels = panelsOf(cell, unlocked);
  if (panels.length === 0) return undefined;
  const parts: Markup[] = [legend()];
  let y = LEGEND;
  for (const panel of panels) {
    parts.push(drawPanel(panel, y));
    y += panelHeight(panel);
  }
  parts.push(
    svg("text", { class: "tick end", x: RIGHT, y: y + 2 }, "milliseconds after the window began"),
  );
  return {
    name: pictureName("timeline", cell.adapter, cell.lock),
    topic: "Standing in line",
    subject: `${cell.lock} with ${plural(cell.contenders, "contender")}, ${cell.adapter} on ${cell.runtime}`,
    caption:
      "Real sections, each from when it was asked for to when it was left. Under a lock one follows the other; without one they overlap, and the band below says how many were inside at once.",
    description: panels.map(spoken).join(" "),
    height: y + LABEL,
    body: joinMarkup(parts),
  };
}

function panelsOf(cell: ReportCell, unlocked: ReportCell | undefined): Panel[] {
  const drawn = drawnBlock(cell);
  if (drawn === undefined) return [];
  const { typical, worst } = chooseSlices(drawn.load.sections, SLICE_NS);
  const panel = (
    heading: string,
    of: ReportCell,
    block: BlockResult,
    slice: TimelineSlice,
  ): Panel => ({
    heading,
    slice,
    contenders: of.contenders,
    clockErrorNs: block.clockErrorNs,
  });
  const free = unlocked === undefined ? undefined : drawnBlock(unlocked);
  return [
    panel(`${cell.lock}, a typical 50 ms`, cell, drawn, typical),
    ...(free === undefined
      ? []
      : [
          panel(
            `${unlocked!.lock === NONE_KIND ? "no lock" : unlocked!.lock}, the same work`,
            unlocked!,
            free,
            chooseSlices(free.load.sections, SLICE_NS).typical,
          ),
        ]),
    ...(worst === typical
      ? []
      : [panel(`${cell.lock}, the 50 ms with the longest wait`, cell, drawn, worst)]),
  ];
}

function drawnBlock({
  blocks,
}: ReportCell): (BlockResult & { readonly load: LoadRecord }) | undefined {
  return blocks.find(
    (block): block is BlockResult & { readonly load: LoadRecord } =>
      (block.load?.sections.length ?? 0) > 0,
  );
}

function lanesHeight(contenders: number): number {
  return contenders * (LANE + LANE_GAP);
}

function panelHeight({ contenders }: Panel): number {
  return HEADING + lanesHeight(contenders) + INSIDE + AXIS;
}

function legend(): Markup {
  const y = 6;
  return joinMarkup([
    svg("path", { class: "wait", d: box(LEFT, y + WAIT_INSET - 2, 26, LANE - 2 * WAIT_INSET) }),
    svg("text", { x: LEFT + 34, y: y + 11 }, "waits"),
    svg("path", { class: "hold", d: box(LEFT + 90, y - 2, 26, LANE) }),
    svg("text", { x: LEFT + 124, y: y + 11 }, "inside"),
    svg("path", { class: "inside", d: box(LEFT + 184, y, 26, 12) }),
    svg("text", { x: LEFT + 218, y: y + 11 }, "two or more inside at once"),
  ]);
}

function drawPanel(panel: Panel, top: number): Markup {
  const { slice, contenders, heading } = panel;
  const lanesTop = top + HEADING;
  const bottom = lanesTop + lanesHeight(contenders);
  const plot: Plot = { left: LEFT, right: RIGHT, top: lanesTop, bottom: bottom + INSIDE };
  const x = scaleLinear([slice.fromNs, slice.toNs], [LEFT, RIGHT]).clamp(true);
  const ticks = x.ticks(6);
  return joinMarkup([
    svg("text", { class: "strong", x: 12, y: top + 12 }, heading),
    bottomAxis({ ticks, at: x, format: (ns) => String(ns / 1e6) }, plot),
    ...Array.from({ length: contenders }, (_, i) =>
      svg(
        "text",
        { class: "tick end", x: LEFT - 8, y: laneTop(lanesTop, i) + 13 },
        `contender ${i + 1}`,
      ),
    ),
    svg("path", {
      class: "wait",
      d: slice.sections.map((one) => waitPath(one, lanesTop, x)).join(""),
    }),
    svg("g", { class: "hold" }, ...slice.sections.map((one) => holdMark(one, lanesTop, x))),
    insideBand(panel, bottom, x),
  ]);
}

function laneTop(top: number, contender: number): number {
  return top + contender * (LANE + LANE_GAP);
}

function waitPath(
  [contender, askedNs, enteredNs]: SectionTimes,
  top: number,
  x: (ns: number) => number,
): string {
  const width = x(enteredNs) - x(askedNs);
  // Thinner than a hair it would only be taken for an edge of the section that follows.
  if (width < 0.5) return "";
  return box(x(askedNs), laneTop(top, contender) + WAIT_INSET, width, LANE - 2 * WAIT_INSET);
}

function holdMark(
  [contender, askedNs, enteredNs, leftNs]: SectionTimes,
  top: number,
  x: (ns: number) => number,
): Markup {
  const width = x(leftNs) - x(enteredNs);
  if (width <= 0) return joinMarkup([]);
  return mark(
    "path",
    { d: box(x(enteredNs), laneTop(top, contender), width, LANE) },
    `${contender + 1}: waited ${duration(enteredNs - askedNs)}, inside ${duration(leftNs - enteredNs)}`,
  );
}

function insideBand(
  { slice, clockErrorNs }: Panel,
  top: number,
  x: (ns: number) => number,
): Markup {
  return joinMarkup([
    svg("text", { class: "tick end", x: LEFT - 8, y: top + 11 }, "at once"),
    ...overlapsOf(slice, clockErrorNs).map(({ fromNs, toNs, inside }) => {
      const width = x(toNs) - x(fromNs);
      const most = inside === 2 ? "2 inside" : `up to ${inside} inside`;
      const words = width >= WORDS_WIDTH ? most : String(inside);
      return joinMarkup([
        mark(
          "path",
          { class: "inside", d: box(x(fromNs), top, width, 14) },
          `${most} for ${duration(toNs - fromNs)}`,
        ),
        ...(width < COUNT_WIDTH
          ? []
          : [
              svg("text", { class: "inside middle", x: x(fromNs) + width / 2, y: top + 11 }, words),
            ]),
      ]);
    }),
  ]);
}

function spoken({ heading, slice, clockErrorNs }: Panel): string {
  const overlaps = overlapsOf(slice, clockErrorNs);
  const together = overlaps.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
  const most = Math.max(0, ...overlaps.map(({ inside }) => inside));
  const entered = slice.sections.filter(
    ([, , enteredNs]) => enteredNs >= slice.fromNs && enteredNs < slice.toNs,
  ).length;
  return `${heading}: ${entered} sections, the longest wait ${duration(longestWaitNs(slice))}, ${
    overlaps.length === 0
      ? clockErrorNs === 0
        ? "never two inside at once."
        : `never two inside at once for longer than the ${duration(clockErrorNs)} by which their clocks may differ.`
      : `two or more inside for ${duration(together)} in all, at most ${most}.`
  }`;
}
