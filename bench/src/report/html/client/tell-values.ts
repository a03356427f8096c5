/**
 * Tells below a picture what the mark under the pointer stands for. With the keyboard one goes from mark to
 * mark by the arrow keys, once the picture has the focus; beyond the first and the last mark the keys scroll the
 * box, as they do without this program.
 */
export function tellValues(figure: HTMLElement): void {
  const box = figure.querySelector<HTMLElement>(".box")!;
  const told = figure.querySelector<HTMLElement>(".told")!;
  const marks = [...figure.querySelectorAll<SVGElement>("svg > * title, svg g title")].map(
    (title) => ({ mark: title.parentElement as unknown as SVGElement, text: title.textContent }),
  );
  let current = -1;
  const tell = (next: number): void => {
    marks[current]?.mark.classList.remove("current");
    current = next;
    const { mark, text } = marks[current]!;
    mark.classList.add("current");
    told.textContent = text;
  };
  box.addEventListener("pointerover", ({ target }) => {
    const index = marks.findIndex(({ mark }) => mark === target);
    if (index >= 0) tell(index);
  });
  box.addEventListener("keydown", (event) => {
    // With these the keys are the browser's, for example to go back a page.
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: current + 1,
      ArrowLeft: current - 1,
      Home: 0,
      End: marks.length - 1,
    };
    const next = steps[event.key];
    if (next === undefined || next === current || marks[next] === undefined) return;
    event.preventDefault();
    tell(next);
    marks[next].mark.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}
