import { DOMParser, type Element, onWarningStopParsing } from "@xmldom/xmldom";
import { type Picture, svgFile } from "../src/report/pictures/picture.ts";

/** A picture's file as a tree. @throws {Error} if it is no well-formed XML */
export function parseSvg(picture: Picture): Element {
  const parser = new DOMParser({ onError: onWarningStopParsing });
  return parser.parseFromString(svgFile(picture), "image/svg+xml").documentElement!;
}

/** All shapes with this class, of their own or of the group around them. */
export function withClass(root: Element, name: string): Element[] {
  return [...root.getElementsByTagName("*")].filter((element) => {
    const own = element.getAttribute("class");
    const around = (element.parentNode as Element | null)?.getAttribute?.("class");
    return (
      !["g", "title"].includes(element.tagName) && (own ?? around ?? "").split(" ").includes(name)
    );
  });
}

/** What the marks of a picture tell, by the mark. */
export function marksOf(root: Element): { readonly element: Element; readonly tells: string }[] {
  return [...root.getElementsByTagName("title")]
    .filter((title) => title.parentNode !== root)
    .map((title) => ({ element: title.parentNode as Element, tells: title.textContent ?? "" }));
}

/** A rectangle of a path, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The rectangles that a path is made of. */
export function boxesOf(path: Element): Box[] {
  const number = String.raw`(-?[\d.]+)`;
  const pattern = new RegExp(`M${number} ${number}h${number}v${number}h-?[\\d.]+z`, "g");
  return [...(path.getAttribute("d") ?? "").matchAll(pattern)].map((match) => {
    const [x, y, width, height] = match.slice(1).map(Number) as [number, number, number, number];
    return { x, y, width, height };
  });
}

/** Where a mark stands that was moved to its place. */
export function placeOf(element: Element): { readonly x: number; readonly y: number } {
  const match = /translate\((-?[\d.]+) (-?[\d.]+)\)/.exec(element.getAttribute("transform") ?? "");
  if (match === null) throw new Error("the element was not moved");
  return { x: Number(match[1]), y: Number(match[2]) };
}
