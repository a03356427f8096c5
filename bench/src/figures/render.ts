import { digits } from "../report/format.ts";
import { markdownTable } from "../report/markdown.ts";
import { renderTable, wrap } from "../report/terminal.ts";
import type { Environment } from "../report/report.ts";
import type { Table } from "../report/table.ts";
import type { FigureRow } from "./figure.ts";

/** The result of all figures as committed. */
export interface FiguresReport {
  /** 2: a figure may have a table. */
  readonly schemaVersion: 2;
  readonly tool: "ticketlock-figures";
  readonly environment: Environment;
  readonly figures: readonly FigureRow[];
}

/** One figure for a terminal: the verdict, the numbers, the claim. */
export function figureLines(row: FigureRow): string[] {
  return [
    `${row.pass ? "pass" : "MISS"}  ${row.name}: ${numbers(row)}`,
    ...wrap(row.claim, 94).map((line) => `      ${line}`),
    ...(row.detail === "" ? [] : wrap(row.detail, 94).map((line) => `      ${line}`)),
    ...row.faults.flatMap((fault) => wrap(`fault: ${fault}`, 94).map((line) => `      ${line}`)),
    ...(row.table === undefined ? [] : renderTable(row.table).split("\n")),
  ];
}

function numbers(row: FigureRow): string {
  if (row.unit === "") return "not measured";
  const control = row.control === null ? "" : ` against ${digits(row.control)}`;
  const ratio = row.ratio === null ? "" : `, ratio ${digits(row.ratio)}`;
  return `${digits(row.value)} ${row.unit}${control}${ratio} (limit ${limitText(row)})`;
}

function limitText({ limit }: FigureRow): string {
  return `${limit.kind === "at-most" ? "<=" : ">="} ${digits(limit.value)}`;
}

/** All figures in Markdown. */
export function figuresMarkdown({ environment: e, figures }: FiguresReport): string {
  const table: Table = {
    title: "Figures",
    head: ["figure", "claim", "value", "control", "ratio", "range", "limit", "result"],
    words: 2,
    rows: figures.map((row) => [
      row.name,
      row.faults.length > 0 ? `${row.claim}. Fault: ${row.faults.join("; ")}` : row.claim,
      `${digits(row.value)} ${row.unit}`,
      row.control === null ? "-" : digits(row.control),
      row.ratio === null ? "-" : digits(row.ratio),
      row.range === null ? "-" : row.range.map(digits).join(" to "),
      limitText(row),
      row.pass ? "pass" : "MISS",
    ]),
    notes: [],
  };
  const versions = Object.entries(e.runtimes)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  return [
    "# Figures",
    "",
    markdownTable(table),
    "",
    ...figures.flatMap(({ name, table: own }) =>
      own === undefined
        ? []
        : [`## ${name}: ${own.title}`, "", markdownTable(own), "", ...own.notes, ""],
    ),
    `Value and control were measured in turn; the ratio is that of their medians, the range that of single rounds. ${e.cpuModel}, ${e.cores} cores, ${e.kernel}; ${versions}; commit ${e.commit ?? "unknown"}${e.dirty === true ? " with changes" : ""}; ${e.startedAt}.`,
    "",
  ].join("\n");
}
