/** Each head of a sortable table becomes a button that sorts by its column: up first, then down. */
export function makeSortable(table: HTMLTableElement): void {
  for (const head of table.tHead!.rows[0]!.cells) {
    const button = document.createElement("button");
    button.type = "button";
    // On paper: browsers repeat a head on every sheet, but not the buttons in it.
    head.dataset["name"] = head.textContent;
    button.append(...head.childNodes);
    button.addEventListener("click", () => {
      sortBy(table, head.cellIndex, head.ariaSort !== "ascending");
    });
    head.append(button);
  }
}

/** Sorts again by the column by which the table is sorted, whose values have changed. */
export function sortAgain(table: HTMLTableElement): void {
  const sorted = [...table.tHead!.rows[0]!.cells].find((head) => head.ariaSort !== null);
  if (sorted !== undefined) sortBy(table, sorted.cellIndex, sorted.ariaSort === "ascending");
}

function sortBy(table: HTMLTableElement, column: number, isAscending: boolean): void {
  for (const head of table.tHead!.rows[0]!.cells) {
    head.ariaSort = head.cellIndex === column ? (isAscending ? "ascending" : "descending") : null;
  }
  const body = table.tBodies[0]!;
  const keyed = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[column]!) }));
  keyed.sort((a, b) => compareKeys(a.key, b.key, isAscending ? 1 : -1));
  body.append(...keyed.map(({ row }) => row));
}

/** A number where the cell has a value or is one, otherwise its text; null for what is missing. */
type SortKey = number | string | null;

function keyOf(cell: HTMLTableCellElement): SortKey {
  const { value } = cell.dataset;
  if (value !== undefined) return Number(value);
  const text = cell.textContent.trim();
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text === "" || text === "-" || text === "n/a" ? null : text;
}

/** Numbers before words; what is missing comes last in either direction. */
function compareKeys(a: SortKey, b: SortKey, direction: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "number" && typeof b === "number") return direction * (a - b);
  if (typeof a === "number") return -1;
  if (typeof b === "number") return 1;
  return direction * a.localeCompare(b, "en", { numeric: true });
}
