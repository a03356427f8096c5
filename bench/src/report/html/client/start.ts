import { chooseBaseline } from "./choose-baseline.ts";
import { filterRows } from "./filter-rows.ts";
import { makeSortable } from "./sort-tables.ts";
import { tellValues } from "./tell-values.ts";

/** Adds to a page, readable without it, what takes a program: sorting, filtering, the baseline, values of marks. */
export function start(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>("table.sortable"))
    makeSortable(table);
  for (const figure of document.querySelectorAll<HTMLElement>("figure")) tellValues(figure);
  const controls = document.querySelector<HTMLElement>("#controls");
  const table = document.querySelector<HTMLTableElement>("#cells");
  if (controls !== null && table !== null) {
    filterRows(
      table,
      controls.querySelector("input")!,
      controls.querySelector<HTMLElement>("[role=status]")!,
    );
    chooseBaseline(table, controls.querySelector("select")!);
    controls.hidden = false;
  }
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
}

start();
