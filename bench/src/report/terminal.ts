import CliTable from "cli-table3";
import pc from "picocolors";
import { sum } from "../statistics/total.ts";
import { ADVICE_TITLE, adviceSentences } from "./advice.ts";
import type { Report } from "./report.ts";
import { plainText } from "./plain-text.ts";
import type { Table } from "./table.ts";
import { environmentLines, remarks } from "./remarks.ts";
import { correctnessTables, reportTables } from "./tables.ts";
import { verdictSentences } from "./verdict.ts";

/** No line of a report in a terminal is longer. */
export const TERMINAL_COLUMNS = 100;

/** Renders a report for a terminal. Colour only underlines what the words say; NO_COLOR is honoured. */
export function renderTerminal(report: Report, color: boolean = pc.isColorSupported): string {
  const colors = pc.createColors(color);
  const advice = adviceSentences(report);
  const parts = [
    ...verdictSentences(report)
      .flatMap((sentence) => wrap(sentence))
      .map((line) => (/^WRONG|NOT caught/.test(line) ? colors.red(line) : line)),
    "",
    ...[...correctnessTables(report), ...reportTables(report)].flatMap((table) => [
      colors.bold(clip(table.title)),
      renderTable(table),
      ...table.notes.flatMap(wrapNote(colors.dim)),
      "",
    ]),
    ...(advice.length === 0
      ? []
      : [colors.bold(ADVICE_TITLE), ...advice.flatMap((sentence) => wrap(sentence)), ""]),
    ...remarks(report).flatMap((line) => wrap(line)),
    ...environmentLines(report).flatMap((line) => wrap(line)),
  ];
  return `${parts.join("\n")}\n`;
}

/** Renders one table without borders; a column of numbers stands flush right. What it shows commands no terminal. */
export function renderTable({ head, rows, ...rest }: Table): string {
  const plain = (row: readonly string[]): string[] => row.map(plainText);
  const table = { ...rest, head: plain(head), rows: rows.map(plain) };
  const widths = fit(table);
  const rendered = new CliTable({
    head: [...table.head],
    colWidths: widths,
    colAligns: table.head.map((_, i) => (i < table.words ? "left" : "right")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "",
    },
  });
  rendered.push(...table.rows.map((row) => [...row]));
  return rendered
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** A column narrower than this tells nothing. */
const LEAST_WIDTH = 8;

/** Each column as wide as its widest cell; if that is too much, the widest ones give way and are cut with an ellipsis. */
function fit(table: Table): number[] {
  const widths = table.head.map(
    (name, i) => 1 + Math.max(name.length, ...table.rows.map((row) => (row[i] ?? "").length)),
  );
  for (;;) {
    const tooMuch = sum(widths) - TERMINAL_COLUMNS;
    const widest = widths.indexOf(Math.max(...widths));
    if (tooMuch <= 0 || widths[widest]! <= LEAST_WIDTH) return widths;
    widths[widest] = Math.max(LEAST_WIDTH, widths[widest]! - tooMuch);
  }
}

/** Breaks a sentence into lines that fit, and that command no terminal. */
export function wrap(text: string, columns: number = TERMINAL_COLUMNS): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of plainText(text).split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
    while (line.length > columns) {
      lines.push(line.slice(0, columns));
      line = line.slice(columns);
    }
  }
  return [...lines, line];
}

function wrapNote(dim: (text: string) => string): (note: string) => string[] {
  return (note) => wrap(note).map(dim);
}

function clip(title: string): string {
  const text = plainText(title);
  return text.length <= TERMINAL_COLUMNS ? text : `${text.slice(0, TERMINAL_COLUMNS - 1)}…`;
}
