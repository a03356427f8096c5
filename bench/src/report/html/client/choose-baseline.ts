import { judgedWords } from "../../ratio-words.ts";
import { judgeRows } from "./judge-ratios.ts";
import { readRowMeans, type RowMeans } from "./log-means.ts";
import { sortAgain } from "./sort-tables.ts";

/**
 * Sets each row beside the chosen lock on the same work, with the interval of the ratio and the word tie where it
 * cannot be told apart. Rows without means, whose pace no lock sets, stand beside nothing.
 */
export function chooseBaseline(table: HTMLTableElement, choice: HTMLSelectElement): void {
  const rows = [...table.tBodies[0]!.rows];
  const [band, floor] = table.dataset["noise"]!.split(",").map(Number) as [number, number];
  choice.addEventListener("change", () => {
    const isBase = ({ dataset }: HTMLTableRowElement): boolean =>
      dataset["series"] === choice.value && dataset["twin"] === undefined;
    const bases = new Map<string, RowMeans>();
    for (const row of rows) {
      const { work, means } = row.dataset;
      if (isBase(row) && means !== undefined) bases.set(work!, readRowMeans(means));
    }
    const pairs = rows.flatMap((row) => {
      const { work, means } = row.dataset;
      const base = bases.get(work!);
      return base === undefined || means === undefined || isBase(row)
        ? []
        : [{ row, means: [readRowMeans(means), base] as const }];
    });
    for (const row of rows) {
      const isBaseline = isBase(row) && row.dataset["means"] !== undefined;
      tell(row, isBaseline ? 1 : undefined, isBaseline ? "baseline" : "-");
    }
    judgeRows(
      pairs.map(({ means }) => means),
      band,
      floor,
    ).forEach((judged, i) => tell(pairs[i]!.row, judged.ratio.value, judgedWords(judged)));
    sortAgain(table);
  });
}

function tell(row: HTMLTableRowElement, value: number | undefined, words: string): void {
  const cell = row.querySelector<HTMLTableCellElement>("[data-ratio]")!;
  if (value === undefined) delete cell.dataset["value"];
  else cell.dataset["value"] = String(value);
  cell.textContent = words;
}
