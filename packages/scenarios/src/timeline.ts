import type { State, StoryEvent } from "./story-event.ts";

/** One sign for each state, so that nothing is told by colour alone. */
export const signs: Readonly<Record<State, string>> = {
  searching: ".",
  waiting: "-",
  holding: "#",
  sold: "$",
  ended: " ",
};

/** Most rows that are drawn; of more contenders the first ones are. */
const MAX_ROWS = 20;

/** What each contender did when, one row each. */
export class Timeline {
  #names: readonly string[] = [];
  #startNs = 0n;
  #endNs = 0n;
  #changes: { readonly atNs: bigint; readonly state: State }[][] = [];

  add(event: StoryEvent): void {
    if (event.type === "part-end") return;
    const atNs = BigInt(event.atNs);
    if (event.type === "part") {
      this.#names = event.names;
      this.#startNs = atNs;
      this.#endNs = atNs;
      this.#changes = event.names.map(() => []);
      return;
    }
    if (atNs > this.#endNs) this.#endNs = atNs;
    if (event.state === undefined) return;
    const changes = this.#changes[event.contender];
    const place = changes?.findLastIndex((change) => change.atNs <= atNs);
    if (place !== undefined) changes?.splice(place + 1, 0, { atNs, state: event.state });
  }

  /** Rows of at most `width` signs; `paint` colours a run of one state. */
  rows(width: number, paint: (text: string, state: State) => string = (text) => text): string[] {
    const shown = this.#names.slice(0, MAX_ROWS);
    const label = Math.max(0, ...shown.map((name) => name.length));
    const cells = Math.max(10, width - label - 1);
    const rows = shown.map(
      (name, index) => `${name.padEnd(label)} ${this.#row(index, cells, paint)}`,
    );
    const more = this.#names.length - shown.length;
    if (more > 0) rows.push(`and ${more} more`);
    return rows;
  }

  #row(index: number, cells: number, paint: (text: string, state: State) => string): string {
    const changes = this.#changes[index] ?? [];
    const span = this.#endNs - this.#startNs;
    let row = "";
    let run = "";
    let last: State = "searching";
    for (let cell = 0; cell < cells; cell++) {
      const until = this.#startNs + (span * BigInt(cell + 1)) / BigInt(cells);
      const state = changes.findLast((change) => change.atNs <= until)?.state ?? "searching";
      if (state !== last) {
        row += paint(run, last);
        run = "";
      }
      run += signs[state];
      last = state;
    }
    return row + paint(run, last);
  }
}
