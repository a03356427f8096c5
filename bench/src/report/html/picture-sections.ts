import { joinMarkup, markup, type Markup } from "../markup.ts";
import { inlineSvg, type Picture } from "../pictures/picture.ts";
import type { PictureTopic } from "../pictures/report-pictures.ts";
import { tableBox } from "./html-table.ts";
import { type Part, RANKS, type Section } from "./section.ts";

/** A section for each topic. Its first picture stands open, the others can be opened; those without room are named. */
export function pictureSections(topics: readonly PictureTopic[]): Section[] {
  return topics.map(({ title, pictures }, at) => ({
    id: `pictures-${at + 1}`,
    title,
    parts: pictures.map((picture, round) => ({
      name: `${picture.name}.svg`,
      content: figure(picture, round === 0),
      rank: round === 0 ? RANKS.firstPicture : RANKS.laterPicture + round,
    })),
    body: (shown, absent) =>
      joinMarkup([...shown.map(({ content }) => content), besideThePage(absent)]),
  }));
}

function besideThePage(absent: readonly Part[]): Markup | undefined {
  return absent.length === 0
    ? undefined
    : markup`<p>Beside this page, for want of room in it: ${absent.map(({ name }) => name).join(", ")}.</p>
`;
}

function figure(picture: Picture, isOpen: boolean): Markup {
  const { name, subject, caption } = picture;
  const drawn = markup`<figure>
${tableBox(`${name}-heading`, inlineSvg(picture))}<p class="told" aria-live="polite"></p>
<figcaption>${caption}</figcaption>
</figure>
`;
  const heading = markup`<h3 id="${name}-heading">${subject}</h3>`;
  return isOpen
    ? markup`${heading}
${drawn}`
    : markup`<details><summary>${heading}</summary>
${drawn}</details>
`;
}
