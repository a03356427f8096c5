/** Shows the rows that have every word of the field in them, and tells how many those are. */
export function filterRows(
  table: HTMLTableElement,
  field: HTMLInputElement,
  status: HTMLElement,
): void {
  const rows = [...table.tBodies[0]!.rows];
  const texts = rows.map((row) =>
    [...row.cells].map((cell) => cell.textContent.toLowerCase().trim()),
  );
  const show = (): void => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => hasWord(texts[i]!, word));
      if (!row.hidden) shown++;
    });
    status.textContent =
      words.length === 0 ? `${rows.length} cells` : `${shown} of ${rows.length} cells`;
  };
  field.addEventListener("input", show);
  // A link to a row that is filtered away would lead nowhere.
  window.addEventListener("hashchange", () => {
    const target = document.querySelector<HTMLTableRowElement>("tr:target");
    if (target?.hidden !== true) return;
    field.value = "";
    show();
    target.scrollIntoView({ block: "center" });
  });
  show();
}

/** `x4` and `10us` mean exactly that many contenders and that length; other words may be part of a text. */
function hasWord(texts: readonly string[], word: string): boolean {
  return /^x\d+$|^\d+us$/.test(word)
    ? texts.includes(word)
    : texts.some((text) => text.includes(word));
}
