import { markup, type Markup, type MarkupValue } from "../markup.ts";
import type { Table } from "../table.ts";
import { sortValue } from "./sort-value.ts";

/**
 * A table in a box of its own, to scroll in where it is wider than the page.
 *
 * @param id - of the heading that names it
 */
export function htmlTable({ head, rows, words, notes }: Table, id: string): Markup {
  // A row that goes on with the one above it means nothing elsewhere.
  const canSort = rows.length > 1 && rows.every(([first]) => first !== "");
  return tableBox(
    id,
    markup`<table aria-labelledby="${id}" class="words-${words}${canSort ? " sortable" : ""}">
${captionOf(notes)}<thead><tr>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => tableRow(row, words))}</tbody></table>`,
  );
}

/** What is wider than the page scrolls in here, by keyboard as well. */
export function tableBox(labelledBy: string, content: Markup): Markup {
  return markup`<div class="box" role="group" aria-labelledby="${labelledBy}" tabindex="0">${content}</div>
`;
}

/** What a reader needs to read a table, below it. */
export function captionOf(notes: readonly string[]): MarkupValue {
  return notes.length === 0
    ? undefined
    : markup`<caption><span>${notes.join(" ")}</span></caption>
`;
}

/** Longer texts are broken into lines. */
const LONG_TEXT = 48;

function tableRow(cells: readonly string[], words: number): Markup {
  // HTML lets these elements end without saying so; a full report has some ten thousand of them.
  return markup`<tr>${cells.map((text, i) => {
    if (i === 0) return markup`<th scope="row">${text}`;
    if (text.length > LONG_TEXT) return markup`<td class="text">${text}`;
    const value = i < words ? undefined : sortValue(text);
    // The page reads plain numbers by itself.
    return value === undefined || String(value) === text
      ? markup`<td>${text}`
      : markup`<td data-value="${value}">${text}`;
  })}
`;
}
