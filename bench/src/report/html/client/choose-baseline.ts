import { ratioWords } from "../../ratio-words.ts";
import { type LogMeans, ratioOfMeans, readLogMeans } from "./ratio-of-means.ts";
import { sortAgain } from "./sort-tables.ts";

/**
 * Sets each row beside the chosen lock on the same work, with the interval of the ratio. Rows without means,
 * whose pace no lock sets, stand beside nothing.
 */
export function chooseBaseline(table: HTMLTableElement, choice: HTMLSelectElement): void {
  const rows = [...table.tBodies[0]!.rows];
  const student = table.dataset["student"]!.split(",").map(Number);
  choice.addEventListener("change", () => {
    const bases = new Map<string, LogMeans>();
    for (const { dataset } of rows) {
      const { series, work, means, twin } = dataset;
      if (series === choice.value && means !== undefined && twin === undefined)
        bases.set(work!, readLogMeans(means));
    }
    for (const row of rows) {
      const cell = row.querySelector<HTMLTableCellElement>("[data-ratio]")!;
      const { series, work, means, twin } = row.dataset;
      const base = bases.get(work!);
      if (base === undefined || means === undefined) {
        delete cell.dataset["value"];
        cell.textContent = "-";
        continue;
      }
      const isBase = series === choice.value && twin === undefined;
      const ratio = ratioOfMeans(readLogMeans(means), base, student);
      cell.dataset["value"] = String(ratio.value);
      cell.textContent = isBase ? "baseline" : ratioWords(ratio);
    }
    sortAgain(table);
  });
}
