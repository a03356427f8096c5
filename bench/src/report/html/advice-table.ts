import { STEADY } from "../../plan/cell.ts";
import { ADVICE_TITLE, adviceFor, type AdviceRow } from "../advice.ts";
import { anchorOf } from "../cell-facts.ts";
import { markup, type Markup } from "../markup.ts";
import type { Report, ReportCell } from "../report.ts";
import { tableBox } from "./html-table.ts";

/** What to take for which work, each answer with links to the rows that decide it; what has no answer is named below. */
export function adviceTable(report: Report, id: string): Markup {
  const rows = adviceFor(report);
  const answered = rows.filter(({ cells }) => cells.length > 0);
  const missing = rows.filter(({ cells }) => cells.length === 0);
  const byKey = new Map(report.cells.map((cell) => [cell.key, cell]));
  return markup`${
    answered.length === 0
      ? undefined
      : tableBox(
          id,
          markup`<table aria-label="${ADVICE_TITLE}" class="words-4">
<thead><tr>${["workload", "take", "because", "decided by"].map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${answered.map((row) => adviceRow(row, byKey))}</tbody></table>`,
        )
  }${
    missing.length === 0
      ? undefined
      : markup`<p>No answer, not measured: ${missing.map(({ workload }) => workload).join("; ")}.</p>
`
  }`;
}

function adviceRow(
  { workload, answer, why, cells }: AdviceRow,
  byKey: ReadonlyMap<string, ReportCell>,
): Markup {
  const links = cells.map((key, i) => {
    const { contenders, section, lock, mode, role, scenario } = byKey.get(key)!;
    const where = scenario === STEADY ? "" : ` ${scenario}`;
    const what = `${role === "sale" ? mode : lock} x${contenders} ${section}us${where}`;
    return markup`${i === 0 ? undefined : ", "}<a href="#${anchorOf(key)}">${what}</a>`;
  });
  return markup`<tr><th scope="row" class="text">${workload}<td class="text"><strong>${answer}</strong><td class="text">${why}<td class="text">${links}
`;
}
