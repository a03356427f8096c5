import type { Model } from "../models/model.ts";
import { markup, type Markup } from "./markup.ts";
import type { ShownCall, TimelineWindow } from "./timeline-window.ts";

const PLACE_WIDTH = 38;
const LANE_HEIGHT = 46;
const BAR_HEIGHT = 14;
/** Of a client's name, and of a letter in a label. */
const NAME_WIDTH = 150;
const LETTER_WIDTH = 6.6;
const TOP = 12;
const MOST_NAME_LETTERS = 20;

/** A row of calls that do not overlap. */
interface Lane {
  readonly client: string;
  /** Only the first lane of a client bears its name. */
  readonly isFirst: boolean;
  readonly calls: ShownCall[];
}

/**
 * Draws a bar for each call, a row for each client, and a line through the instants at which the calls
 * of the valid order take effect. Distances mean nothing but before and after.
 */
export function timelinePicture(window: TimelineWindow, model: Model): Markup {
  const lanes = lanesOf(window.calls);
  const width = NAME_WIDTH + window.width * PLACE_WIDTH;
  const height = TOP + lanes.length * LANE_HEIGHT;
  const rows = new Map(
    lanes.flatMap((lane, row) => lane.calls.map((each) => [each, row] as const)),
  );
  const path = window.calls
    .filter(({ taken }) => taken !== undefined)
    .sort((a, b) => a.taken!.number - b.taken!.number)
    .map((each) => `${xOf(each.taken!.at)},${middleOf(rows.get(each)!)}`);
  return markup`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="picture-title">
<title id="picture-title">Calls by client in real time; the table below tells the same.</title>
${lanes.map((lane, row) => laneMarkup(lane, row, width, model))}<polyline class="order" points="${path.join(" ")}"/>
${window.calls.map((each) => numberMarkup(each, rows.get(each)!))}</svg>
`;
}

function lanesOf(calls: readonly ShownCall[]): readonly Lane[] {
  const lanes: Lane[] = [];
  for (const [client, own] of Map.groupBy(calls, ({ call }) => call.client)) {
    const first = lanes.length;
    for (const each of own) {
      const free = lanes.slice(first).find((lane) => lane.calls.at(-1)!.to < each.from);
      if (free === undefined)
        lanes.push({ client, isFirst: lanes.length === first, calls: [each] });
      else free.calls.push(each);
    }
  }
  return lanes;
}

function laneMarkup(
  { client, isFirst, calls }: Lane,
  row: number,
  width: number,
  model: Model,
): Markup {
  const name = isFirst ? shorten(client, MOST_NAME_LETTERS) : "";
  const y = TOP + row * LANE_HEIGHT;
  return markup`<line class="rule" x1="0" x2="${width}" y1="${y}" y2="${y}"/>
<text class="name" x="4" y="${middleOf(row) + 4}">${name}</text>
${calls.map((each, i) => barMarkup(each, row, calls[i + 1]?.from, model))}`;
}

function barMarkup(
  { call, from, to, isPending, isMisfit }: ShownCall,
  row: number,
  nextFrom: number | undefined,
  model: Model,
): Markup {
  const room = nextFrom === undefined ? Infinity : (nextFrom - from) * PLACE_WIDTH;
  const text = model.describe(call.operation);
  const kind = isMisfit ? "bar misfit" : isPending ? "bar pending" : "bar";
  const y = middleOf(row) - BAR_HEIGHT / 2;
  return markup`<rect class="${kind}" x="${xOf(from)}" y="${y}" width="${(to - from) * PLACE_WIDTH}" height="${BAR_HEIGHT}" rx="3"><title>${text}</title></rect>
<text class="${isMisfit ? "label misfit" : "label"}" x="${xOf(from)}" y="${y - 5}">${shorten(text, Math.min(40, Math.floor(room / LETTER_WIDTH) - 1))}</text>
`;
}

function numberMarkup({ taken }: ShownCall, row: number): Markup | undefined {
  if (taken === undefined) return undefined;
  const [x, y] = [xOf(taken.at), middleOf(row)];
  return markup`<circle class="instant" cx="${x}" cy="${y}" r="4"/><text class="number" x="${x}" y="${y + BAR_HEIGHT + 5}">${taken.number}</text>
`;
}

function xOf(place: number): number {
  return Math.round((NAME_WIDTH + place * PLACE_WIDTH) * 10) / 10;
}

function middleOf(row: number): number {
  return TOP + row * LANE_HEIGHT + 24;
}

function shorten(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most
    ? text
    : `${letters.slice(0, Math.max(1, most - 1)).join("")}\u2026`;
}
