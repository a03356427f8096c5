import { createHash } from "node:crypto";
import { markup, Markup } from "../markup.ts";
import { type PictureTopic, reportPictures } from "../pictures/report-pictures.ts";
import type { Report } from "../report.ts";
import { verdictSentences } from "../verdict.ts";
import { clientScript } from "./client-script.ts";
import { pageStyle } from "./page-style.ts";
import { pictureSections } from "./picture-sections.ts";
import { bodyWith, type Part, partsWithin, type Section } from "./section.ts";
import {
  adviceSection,
  cellSection,
  correctnessSection,
  machineSection,
  tablesSection,
} from "./table-sections.ts";

/** No page is larger: what has no room is named, with the file beside the page in which it stands. */
export const MOST_HTML_BYTES = 1_000_000;

/**
 * Renders a report as one page that needs nothing else: no network, no other file, and no program to be read.
 * With its own program, which its security policy allows by its hash and no other, one can sort, filter and
 * choose a baseline.
 *
 * At most `MOST_HTML_BYTES` however many cells there are: later pictures give way first, then tables, remarks, and
 * cells that decide no advice. What always stands (verdicts, correctness, advice, and the names of what gave way)
 * grows with adapters, locks and lengths of sections only; of these hundreds have room.
 *
 * @param topics - the report's pictures, where they are at hand
 */
export function renderHtml(
  report: Report,
  topics: readonly PictureTopic[] = reportPictures(report),
): string {
  const sections = [
    correctnessSection(report),
    ...(report.conclusions ? [adviceSection(report)] : []),
    ...pictureSections(topics),
    cellSection(report),
    tablesSection(report),
    machineSection(report),
  ];
  const frame = frameOf(report);
  const leastBytes = Buffer.byteLength(page(frame, sections, new Set()));
  return page(frame, sections, partsWithin(sections, MOST_HTML_BYTES - leastBytes));
}

/** What stands around the sections. */
interface Frame {
  readonly title: string;
  readonly lead: string;
  readonly verdicts: readonly string[];
  readonly style: string;
  readonly script: string;
}

function frameOf(report: Report): Frame {
  const { environment: e, preset, partial } = report;
  return {
    title: `What the locks cost: ${preset} run of ${e.startedAt.slice(0, 10)}`,
    lead: `A ${preset} run${partial ? ", ended early," : ""} of ${e.startedAt.slice(0, 16).replace("T", " ")} UTC on ${e.cpuModel}, ${e.cores} cores; commit ${e.commit?.slice(0, 12) ?? "unknown"}${e.dirty === true ? " with changes" : ""}.`,
    verdicts: verdictSentences(report),
    style: pageStyle(),
    script: clientScript(),
  };
}

function page(
  { title, lead, verdicts, style, script }: Frame,
  sections: readonly Section[],
  shown: ReadonlySet<Part>,
): string {
  const policy = `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>What the locks cost</h1>
<p class="lead">${lead}</p>
<ul class="verdicts">
${verdicts.map(verdictItem)}</ul>
</header>
<nav aria-label="Contents">
<ol>
${sections.map(
  (section) => markup`<li><a href="#${section.id}">${section.title}</a></li>
`,
)}</ol>
</nav>
<main id="main" tabindex="-1">
${sections.map(
  (section) => markup`<section aria-labelledby="${section.id}">
<h2 id="${section.id}">${section.title}</h2>
${bodyWith(section, shown)}</section>
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
