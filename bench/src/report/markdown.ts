import { ADVICE_TITLE, adviceSentences } from "./advice.ts";
import { pictureTitle } from "./pictures/picture.ts";
import { type PictureTopic, reportPictures } from "./pictures/report-pictures.ts";
import { plainText } from "./plain-text.ts";
import { environmentLines, remarks } from "./remarks.ts";
import type { Report } from "./report.ts";
import type { Table } from "./table.ts";
import { correctnessTables, reportTables } from "./tables.ts";
import { verdictSentences } from "./verdict.ts";

/**
 * Renders a report as Markdown for a code host. Its pictures are files beside it.
 *
 * @param topics - the report's pictures, where they are at hand
 */
export function renderMarkdown(
  report: Report,
  topics: readonly PictureTopic[] = reportPictures(report),
): string {
  const advice = adviceSentences(report);
  return [
    "# What the locks cost",
    "",
    ...verdictSentences(report).map((sentence) => `- ${escaped(sentence)}`),
    "",
    ...topics.flatMap(pictureLines),
    ...[...correctnessTables(report), ...reportTables(report)].flatMap((table) => [
      `## ${escaped(table.title)}`,
      "",
      markdownTable(table),
      "",
      ...table.notes.map(escaped),
      "",
    ]),
    ...(advice.length === 0
      ? []
      : [`## ${ADVICE_TITLE}`, "", ...advice.map((sentence) => `- ${escaped(sentence)}`), ""]),
    "## Machine",
    "",
    ...[...remarks(report), ...environmentLines(report)].map((line) => `- ${escaped(line)}`),
    "",
  ].join("\n");
}

/** The first picture of a topic is shown, the others are linked. */
function pictureLines({ title, pictures }: PictureTopic): string[] {
  const [shown, ...linked] = pictures;
  return [
    `## ${escaped(title)}`,
    "",
    `![${escaped(pictureTitle(shown!))}](${shown!.name}.svg)`,
    "",
    escaped(shown!.caption),
    "",
    ...linked.map((picture) => `- [${escaped(picture.subject)}](${picture.name}.svg)`),
    ...(linked.length === 0 ? [] : [""]),
  ];
}

/** One table in Markdown. */
export function markdownTable({ head, rows, words }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  const rule = `|${head.map((_, i) => (i < words ? " --- " : " ---: ")).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function escaped(text: string): string {
  return plainText(text)
    .replace(/[\\|<>*_`[\]]/g, String.raw`\$&`)
    .replace(/\s+/g, " ");
}
