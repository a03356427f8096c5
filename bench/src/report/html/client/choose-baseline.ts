import { ratioWords } from "../../ratio-words.ts";
import { type LogMeans, ratioOfMeans, readLogMeans } from "./ratio-of-means.ts";
import { sortAgain } from "./sort-tables.ts";

/** Sets each row beside the chosen lock on the same work, with the interval of the ratio. */
export function chooseBaseline(table: HTMLTableElement, choice: HTMLSelectElement): void {
  const rows = [...table.tBodies[0]!.rows];
  const student = table.dataset["student"]!.split(",").map(Number);
  choice.addEventListener("change", () => {
    const bases = new Map<string, LogMeans>();
    for (const { dataset } of rows) {
      if (dataset["series"] === choice.value && dataset["twin"] === undefined)
        bases.set(dataset["work"]!, readLogMeans(dataset["means"]!));
    }
    for (const row of rows) {
      const cell = row.querySelector<HTMLTableCellElement>("[data-ratio]")!;
      const base = bases.get(row.dataset["work"]!);
      if (base === undefined) {
        delete cell.dataset["value"];
        cell.textContent = "-";
        continue;
      }
      const isBase = row.dataset["series"] === choice.value && row.dataset["twin"] === undefined;
      const ratio = ratioOfMeans(readLogMeans(row.dataset["means"]!), base, student);
      cell.dataset["value"] = String(ratio.value);
      cell.textContent = isBase ? "baseline" : ratioWords(ratio);
    }
    sortAgain(table);
  });
}
