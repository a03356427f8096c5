import type { Markup } from "../markup.ts";

/** A part of a page that gives way where the page would become too large; it stands elsewhere as well. */
export interface Part {
  /** By what a reader finds it elsewhere. */
  readonly name: string;
  readonly content: Markup;
  /** Of `RANKS`: who has the smaller one takes room first. */
  readonly rank: number;
}

/** A section of the page, named in its contents. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly parts: readonly Part[];
  /** The section with those of its parts for which there is room; the less is shown, the more it may say of what is not. */
  readonly body: (shown: readonly Part[], absent: readonly Part[]) => Markup;
}

/** What matters most when not everything has room. Pictures after the first of a topic follow round by round. */
export const RANKS = {
  decisiveCell: 0,
  firstPicture: 1,
  cell: 2,
  remark: 3,
  table: 4,
  laterPicture: 5,
} as const;

/** The parts that have room together, by their rank and then in their order; one that is too large leaves its room to the next. */
export function partsWithin(sections: readonly Section[], mostBytes: number): ReadonlySet<Part> {
  const shown = new Set<Part>();
  let leftBytes = mostBytes;
  const parts = sections.flatMap((section) => section.parts);
  for (const part of parts.toSorted((a, b) => a.rank - b.rank)) {
    const bytes = Buffer.byteLength(part.content.toString());
    if (bytes > leftBytes) continue;
    leftBytes -= bytes;
    shown.add(part);
  }
  return shown;
}

/** A section as it is with these parts. */
export function bodyWith({ parts, body }: Section, shown: ReadonlySet<Part>): Markup {
  return body(
    parts.filter((part) => shown.has(part)),
    parts.filter((part) => !shown.has(part)),
  );
}
