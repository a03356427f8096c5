import { escapeMarkup, joinMarkup, Markup } from "../markup.ts";

/** The elements that pictures are made of. */
export type SvgName =
  | "defs"
  | "desc"
  | "g"
  | "line"
  | "path"
  | "pattern"
  | "rect"
  | "style"
  | "svg"
  | "text"
  | "title";

/** Attributes by name; numbers are rounded to tenths of a pixel, absent ones left out. */
export type SvgAttributes = Readonly<Record<string, string | number | undefined>>;

/** One element. Text among its children is escaped. */
export function svg(
  name: SvgName,
  attributes: SvgAttributes,
  ...children: readonly (Markup | string)[]
): Markup {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === "number" ? rounded(value) : escapeMarkup(value!)}"`,
    )
    .join("");
  const inside = joinMarkup(children).toString();
  return new Markup(inside === "" ? `<${name}${given}/>` : `<${name}${given}>${inside}</${name}>`);
}

/** An element with what a pointer that rests on it is told. Its class is that of the group around it, where many are alike. */
export function mark(name: "path" | "rect", attributes: SvgAttributes, tells: string): Markup {
  return svg(name, attributes, svg("title", {}, tells));
}

/** To tenths of a pixel: finer than most screens, and a page has tens of thousands of them. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The path of a rectangle, shorter than the element. */
export function box(x: number, y: number, width: number, height: number): string {
  const [w, h] = [rounded(width), rounded(height)];
  return `M${rounded(x)} ${rounded(y)}h${w}v${h}h${-w}z`;
}

/** Cuts a name that would run into what stands beside it. */
export function shortened(text: string, mostCharacters: number): string {
  const characters = [...text];
  return characters.length <= mostCharacters
    ? text
    : `${characters.slice(0, mostCharacters - 1).join("")}…`;
}
