import { joinMarkup, type Markup } from "../markup.ts";
import { pictureRules, themeRules } from "./picture-style.ts";
import { shortened, svg } from "./svg.ts";

/** A drawing with the words that go with it. */
export interface Picture {
  /** Unique in a report, fit for the name of a file and for an id. */
  readonly name: string;
  /** The question that it answers, as others may. */
  readonly topic: string;
  /** Of what it shows the answer. */
  readonly subject: string;
  /** How to read it, one or two sentences. */
  readonly caption: string;
  /** What a person sees who sees it, with the numbers that matter. */
  readonly description: string;
  /** Height in pixels at the natural width. */
  readonly height: number;
  readonly body: Markup;
}

/** Natural width of every picture. */
export const PICTURE_WIDTH = 720;

/** Space for the title where no heading stands above. */
const TITLE_HEIGHT = 30;
const TITLE_CHARACTERS = 78;

/** The element to be set into a page, which brings colours and rules (`pictureRules`). */
export function inlineSvg(picture: Picture): Markup {
  const { name, description, height, body } = picture;
  return svg(
    "svg",
    {
      class: "picture",
      viewBox: `0 0 ${PICTURE_WIDTH} ${Math.ceil(height)}`,
      role: "img",
      "aria-labelledby": `${name}-title ${name}-desc`,
    },
    svg("title", { id: `${name}-title` }, pictureTitle(picture)),
    svg("desc", { id: `${name}-desc` }, description),
    body,
  );
}

/** A file of its own: with its title, on paper of its own, in the colours that its reader prefers. */
export function svgFile(picture: Picture): string {
  const { description, height, body } = picture;
  const title = pictureTitle(picture);
  const total = Math.ceil(height) + TITLE_HEIGHT;
  const drawing = svg(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "picture",
      viewBox: `0 0 ${PICTURE_WIDTH} ${total}`,
      width: PICTURE_WIDTH,
      height: total,
      role: "img",
      "aria-labelledby": "title desc",
    },
    svg("title", { id: "title" }, title),
    svg("desc", { id: "desc" }, description),
    svg("style", {}, themeRules() + pictureRules),
    svg("rect", { class: "paper", width: PICTURE_WIDTH, height: total }),
    svg("text", { class: "heading", x: 12, y: 20 }, shortened(title, TITLE_CHARACTERS)),
    svg("g", { transform: `translate(0 ${TITLE_HEIGHT})` }, body),
  );
  return `${joinMarkup([drawing]).toString()}\n`;
}

/** What it shows, and of what. */
export function pictureTitle({ topic, subject }: Picture): string {
  return `${topic}: ${subject}`;
}

/** Makes a name of parts: lower case, and nothing in it but letters, digits and hyphens. */
export function pictureName(...parts: readonly (string | number)[]): string {
  return parts
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
