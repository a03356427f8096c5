import { ADVICE_TITLE, adviceFor } from "../advice.ts";
import { joinMarkup, markup, type Markup } from "../markup.ts";
import { remarks } from "../remarks.ts";
import type { Report } from "../report.ts";
import { correctnessTables, reportTables } from "../tables.ts";
import { adviceTable } from "./advice-table.ts";
import { cellTable } from "./cell-table.ts";
import { htmlTable } from "./html-table.ts";
import { machineFacts } from "./machine-facts.ts";
import { RANKS, type Section } from "./section.ts";

/** In place of a table where a run ended before its first block. */
const NOTHING_MEASURED = markup`<p>No cell was measured.</p>
`;

/** What was seen of each lock's correctness: whole, whatever else has room. */
export function correctnessSection(report: Report): Section {
  return wholeSection(
    "correctness",
    "Correctness",
    report.cells.length === 0
      ? NOTHING_MEASURED
      : joinMarkup(
          correctnessTables(report).map((table, i) =>
            i === 0
              ? htmlTable(table, "correctness")
              : markup`<h3 id="correctness-${i + 1}">${table.title}</h3>
${htmlTable(table, `correctness-${i + 1}`)}`,
          ),
        ),
  );
}

/** Which lock to take for which work: whole, whatever else has room. */
export function adviceSection(report: Report): Section {
  return wholeSection("advice", ADVICE_TITLE, adviceTable(report, "advice"));
}

/** Every cell, those first for which there must be room because an advice leads to them. */
export function cellSection(report: Report): Section {
  const title = "Every cell";
  if (report.cells.length === 0) return wholeSection("every-cell", title, NOTHING_MEASURED);
  const decisive = new Set(adviceFor(report).flatMap(({ cells }) => cells));
  return { id: "every-cell", title, ...cellTable(report.cells, decisive) };
}

/** All other tables, each to be opened; those without room are named. */
export function tablesSection(report: Report): Section {
  return {
    id: "tables",
    title: "Tables",
    parts: reportTables(report).map((table, i) => ({
      name: table.title,
      content: markup`<details><summary><h3 id="table-${i + 1}">${table.title}</h3></summary>
${htmlTable(table, `table-${i + 1}`)}</details>
`,
      rank: RANKS.table,
    })),
    body: (shown, absent) =>
      joinMarkup([
        ...shown.map(({ content }) => content),
        absent.length === 0
          ? undefined
          : markup`<p>In report.md, for want of room here: ${absent.map(({ name }) => name).join("; ")}.</p>
`,
      ]),
  };
}

/** The machine's facts, and what stands in no table. */
export function machineSection(report: Report): Section {
  const lines = remarks(report);
  return {
    id: "machine",
    title: "Machine, and how to repeat the run",
    parts: lines.map((line) => ({
      name: line,
      content: markup`<li>${line}</li>
`,
      rank: RANKS.remark,
    })),
    body: (shown, absent) =>
      joinMarkup([
        machineFacts(report),
        lines.length === 0
          ? undefined
          : markup`<h3>Remarks</h3>
<ul>
${shown.map(({ content }) => content)}${
              absent.length === 0
                ? undefined
                : markup`<li>${absent.length} more for which there is no room here: see report.md.</li>
`
            }</ul>
`,
      ]),
  };
}

function wholeSection(id: string, title: string, content: Markup): Section {
  return { id, title, parts: [], body: () => content };
}
