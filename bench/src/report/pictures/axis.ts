import { joinMarkup, type Markup } from "../markup.ts";
import { svg, type SvgAttributes } from "./svg.ts";

/** An axis: where its ticks stand, and what they say. */
export interface Axis {
  readonly ticks: readonly number[];
  /** Place of a value in pixels. */
  readonly at: (value: number) => number;
  readonly format: (value: number) => string;
  /** What is measured, with its unit; absent where another axis says it. */
  readonly label?: string;
}

/** The rectangle within which values are drawn. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Below the plot, with a line through the plot at each tick; the label stands at the right end. */
export function bottomAxis({ ticks, at, format, label }: Axis, plot: Plot): Markup {
  return joinMarkup([
    svg("path", {
      class: "grid",
      d: ticks.map((tick) => `M${at(tick).toFixed(1)} ${plot.top}V${plot.bottom}`).join(""),
    }),
    svg("path", { class: "axis", d: `M${plot.left} ${plot.bottom}H${plot.right}` }),
    ...ticks.map((tick) =>
      svg("text", { class: "tick middle", x: at(tick), y: plot.bottom + 16 }, format(tick)),
    ),
    ...labelAt({ class: "tick end", x: plot.right, y: plot.bottom + 34 }, label),
  ]);
}

/** Left of the plot, with a line through the plot at each tick; the label stands above. */
export function leftAxis({ ticks, at, format, label }: Axis, plot: Plot): Markup {
  return joinMarkup([
    svg("path", {
      class: "grid",
      d: ticks.map((tick) => `M${plot.left} ${at(tick).toFixed(1)}H${plot.right}`).join(""),
    }),
    ...ticks.map((tick) =>
      svg("text", { class: "tick end", x: plot.left - 8, y: at(tick) + 4 }, format(tick)),
    ),
    ...labelAt({ class: "tick", x: 12, y: plot.top - 12 }, label),
  ]);
}

function labelAt(place: SvgAttributes, label: string | undefined): Markup[] {
  return label === undefined ? [] : [svg("text", place, label)];
}

/** Ticks of a logarithmic axis that lie within, ends included: 1, 2, 5, 10 and so on, or powers of ten alone where those would crowd. */
export function logarithmicTicks(low: number, high: number, atMost: number = 8): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const within = (factors: readonly number[], every: number): number[] =>
    powers
      .filter((power) => power % every === 0)
      .flatMap((power) => factors.map((factor) => factor * 10 ** power))
      .filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  const fine = within([1, 2, 5], 1);
  if (fine.length <= atMost) return fine;
  const coarse = within([1], 1);
  return coarse.length <= atMost ? coarse : within([1], Math.ceil(coarse.length / atMost));
}

/** A number's text without the zeros that tell nothing on an axis: `5 us` for `5.00 us`. */
export function withoutZeros(text: string): string {
  return text.replace(/(\.\d*?)0+(?= |$)/, "$1").replace(/\.(?= |$)/, "");
}

/** Moves places apart, in their order, until neighbours are `gap` away from each other and none lies beyond the ends. */
export function spread(
  places: readonly number[],
  gap: number,
  { top, bottom }: Pick<Plot, "top" | "bottom">,
): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a]! - places[b]!);
  const moved = [...places];
  let least = top;
  for (const i of order) {
    moved[i] = Math.max(moved[i]!, least);
    least = moved[i]! + gap;
  }
  let most = bottom;
  for (const i of order.toReversed()) {
    moved[i] = Math.min(moved[i]!, most);
    most = moved[i]! - gap;
  }
  return moved;
}
