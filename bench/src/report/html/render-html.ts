import { createHash } from "node:crypto";
import { ADVICE_TITLE } from "../advice.ts";
import { correctnessTable } from "../correctness-table.ts";
import { joinMarkup, markup, Markup } from "../markup.ts";
import { inlineSvg, type Picture } from "../pictures/picture.ts";
import { type PictureTopic, reportPictures } from "../pictures/report-pictures.ts";
import { remarks } from "../remarks.ts";
import type { Report } from "../report.ts";
import type { Table } from "../table.ts";
import { reportTables } from "../tables.ts";
import { verdictSentences } from "../verdict.ts";
import { adviceTable } from "./advice-table.ts";
import { cellTable } from "./cell-table.ts";
import { clientScript } from "./client-script.ts";
import { htmlTable, tableBox } from "./html-table.ts";
import { machineFacts } from "./machine-facts.ts";
import { pageStyle } from "./page-style.ts";

/** No page is larger, up to some 2 000 cells: no preset measures so many. */
export const MOST_HTML_BYTES = 1_000_000;
/** What the tables other than that of every cell may take at most: the rest is for pictures. */
const MOST_TABLE_BYTES = 400_000;
/** Room for what is written after the pictures have been chosen. */
const RESERVE_BYTES = 40_000;

/** A part of the page, named in its table of contents. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/**
 * Renders a report as one page that needs nothing else: no network, no other file, and no program to be read.
 * With its own program, which its security policy allows by its hash and no other, one can sort, filter and
 * choose a baseline. At most 1 MB: pictures that no longer fit are named, since they lie beside the page as files,
 * and so are tables, which all stand in the Markdown.
 *
 * @param topics - the report's pictures, where they are at hand
 */
export function renderHtml(
  report: Report,
  topics: readonly PictureTopic[] = reportPictures(report),
): string {
  const style = pageStyle();
  const script = clientScript();
  const tables = tableSections(report);
  const pictures = pictureSections(topics, MOST_HTML_BYTES - usedBytes(tables));
  const [correctness, advice, ...others] = tables as [Section, Section, ...Section[]];
  const sections = [correctness, advice, ...pictures, ...others, machineSection(report)];
  return page(report, sections, style, script);
}

function page(report: Report, sections: readonly Section[], style: string, script: string): string {
  const { environment: e, preset, partial } = report;
  const policy = `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>What the locks cost: ${preset} run of ${e.startedAt.slice(0, 10)}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>What the locks cost</h1>
<p class="lead">A ${preset} run${partial ? ", ended early," : ""} of ${e.startedAt.slice(0, 16).replace("T", " ")} UTC on ${e.cpuModel}, ${e.cores} cores; commit ${e.commit?.slice(0, 12) ?? "unknown"}${e.dirty === true ? " with changes" : ""}.</p>
<ul class="verdicts">
${verdictSentences(report).map((sentence) => verdictItem(sentence))}</ul>
</header>
<nav aria-label="Contents">
<ol>
${sections.map(
  ({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>
`,
)}</ol>
</nav>
<main id="main" tabindex="-1">
${sections.map(
  ({ id, title, body }) => markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${body}</section>
`,
)}</main>
<footer><p>The raw windows behind every number stand in report.json.</p></footer>
<script type="module">${new Markup(script)}</script>
</body>
</html>
`.toString();
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function verdictItem(sentence: string): Markup {
  return /^WRONG|NOT caught/.test(sentence)
    ? markup`<li class="alarm">${sentence}</li>
`
    : markup`<li>${sentence}</li>
`;
}

/** In place of a table where a run ended before its first block. */
const NOTHING_MEASURED = markup`<p>No cell was measured.</p>
`;

function tableSections(report: Report): Section[] {
  const isEmpty = report.cells.length === 0;
  const tables = reportTables(report).map((table, i) => ({ table, id: `table-${i + 1}` }));
  const first: readonly Section[] = [
    {
      id: "correctness",
      title: "Correctness",
      body: isEmpty ? NOTHING_MEASURED : htmlTable(correctnessTable(report), "correctness"),
    },
    { id: "advice", title: ADVICE_TITLE, body: adviceTable(report, "advice") },
    {
      id: "every-cell",
      title: "Every cell",
      body: isEmpty ? NOTHING_MEASURED : cellTable(report.cells),
    },
  ];
  return [
    ...first,
    {
      id: "tables",
      title: "Tables",
      body: tablesWithin(tables, Math.min(MOST_TABLE_BYTES, MOST_HTML_BYTES - usedBytes(first))),
    },
  ];
}

function usedBytes(sections: readonly Section[]): number {
  const texts = [pageStyle(), clientScript(), ...sections.map(({ body }) => body.toString())];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), RESERVE_BYTES);
}

/** The tables in their order, as far as there is room; the others are named. */
function tablesWithin(
  tables: readonly { readonly table: Table; readonly id: string }[],
  mostBytes: number,
): Markup {
  const shown: Markup[] = [];
  const absent: string[] = [];
  let left = mostBytes;
  for (const { table, id } of tables) {
    const drawn = markup`<details><summary><h3 id="${id}">${table.title}</h3></summary>
${htmlTable(table, id)}</details>
`;
    const bytes = Buffer.byteLength(drawn.toString());
    if (bytes > left) {
      absent.push(table.title);
      continue;
    }
    left -= bytes;
    shown.push(drawn);
  }
  const elsewhere =
    absent.length === 0
      ? undefined
      : markup`<p>In report.md, for want of room here: ${absent.join("; ")}.</p>
`;
  return joinMarkup([...shown, elsewhere]);
}

/** The first picture of each topic stands open, the others can be opened. */
function pictureSections(topics: readonly PictureTopic[], mostBytes: number): Section[] {
  const drawn = drawWithin(topics, mostBytes);
  return topics.map(({ title, pictures }, at) => {
    const absent = pictures.filter((picture) => !drawn.has(picture));
    const elsewhere =
      absent.length === 0
        ? undefined
        : markup`<p>Beside this page, for want of room in it: ${absent.map(({ name }) => `${name}.svg`).join(", ")}.</p>
`;
    return {
      id: `pictures-${at + 1}`,
      title,
      body: joinMarkup([...pictures.map((picture) => drawn.get(picture)), elsewhere]),
    };
  });
}

/** Draws the first picture of each topic, then the second, and so on, as far as there is room. */
function drawWithin(
  topics: readonly PictureTopic[],
  mostBytes: number,
): ReadonlyMap<Picture, Markup> {
  const drawn = new Map<Picture, Markup>();
  let left = mostBytes;
  const rounds = Math.max(0, ...topics.map(({ pictures }) => pictures.length));
  for (let round = 0; round < rounds; round++) {
    for (const { pictures } of topics) {
      const picture = pictures[round];
      if (picture === undefined) continue;
      const drawing = figure(picture, round === 0);
      const bytes = Buffer.byteLength(drawing.toString());
      if (bytes > left) continue;
      left -= bytes;
      drawn.set(picture, drawing);
    }
  }
  return drawn;
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

function machineSection(report: Report): Section {
  return {
    id: "machine",
    title: "Machine, and how to repeat the run",
    body: markup`${machineFacts(report)}${
      remarks(report).length === 0
        ? undefined
        : markup`<h3>Remarks</h3>
<ul>
${remarks(report).map(
  (line) => markup`<li>${line}</li>
`,
)}</ul>
`
    }`,
  };
}
