import picocolors from "picocolors";
import type { State, StoryEvent } from "./story-event.ts";
import { signs, Timeline } from "./timeline.ts";
import type { Verdict } from "./verdict.ts";

/** Where a play is shown. */
export interface Output {
  write(text: string): void;
  readonly colours: boolean;
  /** Columns of a terminal; undefined where there is none, as in a pipe. */
  readonly columns: number | undefined;
}

/**
 * A line is held back until one that happened so much later has come: contenders tell what they do
 * over channels of their own, and the lines are to stand in the order in which things happened.
 */
const HOLD_BACK_NS = 2_000_000_000n;
/** The live timeline is drawn at most this often. */
const REDRAW_MS = 100;
const MAX_COLUMNS = 100;

type ToldEvent = Extract<StoryEvent, { type: "told" }>;

/** Shows a play: a line for each event in the order in which they happened, and in a terminal a timeline that grows with it. */
export class Screen {
  readonly #output: Output;
  readonly #colours: ReturnType<typeof picocolors.createColors>;
  readonly #timeline = new Timeline();
  #heading: string | undefined;
  #held: ToldEvent[] = [];
  #names: readonly string[] = [];
  #startNs = 0n;
  #latestNs = 0n;
  #drawnRows = 0;
  #drawnAt = 0;

  /** `heading` is printed once something happens: a play that cannot begin says only why. */
  constructor(output: Output, heading: string) {
    this.#output = output;
    this.#heading = heading;
    this.#colours = picocolors.createColors(output.colours);
  }

  show(event: StoryEvent): void {
    this.#timeline.add(event);
    if (event.type === "part") {
      this.#release(undefined);
      this.#names = event.names;
      this.#startNs = BigInt(event.atNs);
      this.#lines([
        ...(this.#heading === undefined ? [] : [this.#heading]),
        this.#colours.bold(event.title),
      ]);
      this.#heading = undefined;
    } else if (event.type === "told") {
      this.#held.push(event);
      const atNs = BigInt(event.atNs);
      if (atNs > this.#latestNs) this.#latestNs = atNs;
      this.#release(this.#latestNs - HOLD_BACK_NS);
    } else {
      this.#release(undefined);
    }
    this.#draw(event.type === "part-end");
  }

  /** The play is over. */
  end(verdict: Verdict): void {
    this.#release(undefined);
    this.#lines(verdictLines(verdict, this.#colours));
  }

  /** The play was called off: what is on the screen stays readable. */
  interrupt(): void {
    this.#release(undefined);
  }

  /** Prints what happened before `untilNs`, or all of it. */
  #release(untilNs: bigint | undefined): void {
    const ready =
      untilNs === undefined
        ? this.#held
        : this.#held.filter((event) => BigInt(event.atNs) < untilNs);
    if (ready.length === 0) return;
    this.#held =
      untilNs === undefined ? [] : this.#held.filter((event) => BigInt(event.atNs) >= untilNs);
    const inOrder = ready.sort((a, b) =>
      BigInt(a.atNs) < BigInt(b.atNs) ? -1 : BigInt(a.atNs) > BigInt(b.atNs) ? 1 : 0,
    );
    this.#lines(inOrder.map((event) => this.#line(event)));
  }

  #line({ atNs, contender, text, state }: ToldEvent): string {
    const ms = (Number(BigInt(atNs) - this.#startNs) / 1e6).toFixed(1);
    const width = Math.max(5, ...this.#names.map((name) => name.length));
    const name = (this.#names[contender] ?? "owner").padEnd(width);
    return `${this.#colours.dim(`${ms.padStart(9)} ms`)}  ${name}  ${state === undefined ? text : this.#paint(text, state)}`;
  }

  #lines(lines: readonly string[]): void {
    this.#erase();
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
  }

  #erase(): void {
    if (this.#drawnRows > 0) this.#output.write(`\u001B[${this.#drawnRows}A\u001B[J`);
    this.#drawnRows = 0;
  }

  #draw(last: boolean): void {
    const { columns } = this.#output;
    const now = performance.now();
    if (columns === undefined || (!last && this.#drawnRows > 0 && now - this.#drawnAt < REDRAW_MS))
      return;
    this.#drawnAt = now;
    this.#erase();
    const rows = this.#timeline.rows(Math.min(columns - 1, MAX_COLUMNS), (text, state) =>
      this.#paint(text, state),
    );
    rows.push(
      this.#colours.dim(
        `${signs.searching} searching  ${signs.waiting} waiting  ${signs.holding} holding  ${signs.sold} sold`,
      ),
    );
    this.#output.write(rows.map((row) => `${row}\n`).join(""));
    // The last drawing stays.
    this.#drawnRows = last ? 0 : rows.length;
  }

  #paint(text: string, state: State): string {
    const { cyan, yellow, magenta, green, dim } = this.#colours;
    const paints: Record<State, (text: string) => string> = {
      searching: cyan,
      waiting: yellow,
      holding: magenta,
      sold: green,
      ended: dim,
    };
    return paints[state](text);
  }
}

function verdictLines(
  verdict: Verdict,
  colours: ReturnType<typeof picocolors.createColors>,
): string[] {
  const {
    asExpected,
    unexpected,
    remarks,
    sold,
    oversold,
    lostUpdates,
    overlaps,
    tornReads,
    wallMs,
    cpuMs,
    waiterCpuMs,
  } = verdict;
  const cpu =
    cpuMs === null
      ? "CPU not known"
      : `CPU ${cpuMs.toFixed(0)} ms, ${waiterCpuMs?.toFixed(1) ?? "?"} ms of it waiting`;
  return [
    asExpected ? colours.green("verdict: as expected") : colours.red("verdict: NOT as expected"),
    ...unexpected.map((sentence) => colours.red(`  ${sentence}`)),
    ...remarks.map((sentence) => `  ${sentence}`),
    `  sold ${sold}, oversold ${oversold}, lost updates ${lostUpdates}, overlaps ${overlaps}, torn reads ${tornReads}`,
    `  wall ${wallMs.toFixed(0)} ms, ${cpu}`,
  ];
}
