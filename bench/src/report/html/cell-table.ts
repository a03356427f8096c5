import { isPacedByLock } from "../../compare/is-paced-by-lock.ts";
import {
  type JudgedRatio,
  judgePairs,
  type Measured,
  measuredOf,
  type Noise,
} from "../../compare/judge-pairs.ts";
import { mean, standardDeviation } from "../../statistics/interval.ts";
import { anchorOf, seriesName, seriesOf, workName, workOf } from "../cell-facts.ts";
import { isCandidate, isWrong, violationsOf } from "../correctness.ts";
import { duration, margin, rate } from "../format.ts";
import { markup, type Markup, type MarkupValue } from "../markup.ts";
import { isLock } from "../pictures/works.ts";
import { judgedWords } from "../ratio-words.ts";
import type { ReportCell } from "../report.ts";
import { runNoise } from "../run-noise.ts";
import { NOTES as LETTERS, notesOf } from "../tables/cell-columns.ts";
import { type LogMeans, writeRowMeans } from "./client/log-means.ts";
import { captionOf, tableBox } from "./html-table.ts";
import { RANKS, type Section } from "./section.ts";

/** The one column of words behind numbers. */
const FAULTS = "faults";

const HEAD = [
  "lock",
  "adapter",
  "runtime",
  "store",
  "work",
  "x",
  "us",
  "ops/s",
  "+-",
  "time/op",
  FAULTS,
  "beside the baseline",
  "notes",
];

/** What a reader needs to read the table of these cells. */
function notesOn(cells: readonly ReportCell[]): string[] {
  const unpaced = [
    ...new Set(cells.filter((cell) => !isPacedByLock(cell)).map(({ scenario }) => scenario)),
  ];
  return [
    "x: contenders; us: length of the critical section; +-: half the 95 % interval; time/op: wall time over the operations of all.",
    "beside the baseline: time per operation over that of the chosen lock on the same work; above 1 is slower. Intervals are at Holm's levels for the whole column, by which chance shows any of it faster or slower 5 times in 100 at most; tie: cannot be told from the baseline. A dash: that lock did not do this work.",
    ...(unpaced.length === 0
      ? []
      : [
          `A dash as well where the lock does not set the pace, since operations come at times of their own, a holder is ended, or the sections are drawn: ${unpaced.join(", ")}.`,
        ]),
    "faults of controls are meant to be there: they show that faults would be seen.",
    LETTERS,
  ];
}

interface Row {
  readonly cell: ReportCell;
  /** Null where no lock sets the pace: a rate at which operations came is neither slow nor fast. */
  readonly means: Measured | null;
  readonly series: number;
  readonly work: number;
}

/**
 * Every cell of a report, at least one, in one table that a reader can sort, filter, and set beside a lock of his
 * choice. How many have no room is said.
 *
 * @param decisive - keys of the cells to which other parts of the page lead: they take room first
 */
export function cellTable(
  cells: readonly ReportCell[],
  decisive: ReadonlySet<string>,
): Pick<Section, "parts" | "body"> {
  const series = [...Map.groupBy(cells, seriesOf)].map(([key, some]) => ({ key, cells: some }));
  const seriesIndex = new Map(series.map(({ key }, i) => [key, i]));
  const works = [...new Set(cells.map(workOf))];
  const workIndex = new Map(works.map((work, i) => [work, i]));
  const rows = cells.map((cell) => ({
    cell,
    means: isPacedByLock(cell) ? measuredOf(cell) : null,
    series: seriesIndex.get(seriesOf(cell))!,
    work: workIndex.get(workOf(cell))!,
  }));
  const chosen = baselineOf(series);
  const bases = new Map(
    rows
      .filter((row) => row.series === chosen && row.cell.twin === 0)
      .map((row) => [row.work, row]),
  );
  const noise = runNoise(cells);
  const judged = judgeColumn(rows, bases, noise);
  const before = markup`<div id="controls" hidden>
<p><label for="filter">Show rows with</label> <input id="filter" type="search" placeholder="futex node x2" autocomplete="off" spellcheck="false"></p>
<p><label for="baseline">Baseline</label> <select id="baseline" autocomplete="off">${series.map(
    ({ cells: [first] }, i) =>
      markup`<option value="${i}"${i === chosen ? markup` selected` : undefined}>${seriesName(first!)}</option>
`,
  )}</select></p>
<p role="status"></p>
</div>
<noscript><p>Baseline: ${seriesName(series[chosen]!.cells[0]!)}.</p></noscript>
`;
  return {
    parts: rows.map((row) => ({
      name: row.cell.key,
      content: cellRow(row, ratioCell(row, bases.get(row.work), judged)),
      rank: decisive.has(row.cell.key) ? RANKS.decisiveCell : RANKS.cell,
    })),
    body: (shown, absent) =>
      markup`${before}${notShown(absent.length)}${tableBox(
        "every-cell",
        markup`<table id="cells" aria-labelledby="every-cell" class="words-5 sortable" data-noise="${[noise.band, noise.floor].map((factor) => Number(factor.toPrecision(6))).join(",")}">
${captionOf(notesOn(cells))}<thead><tr>${HEAD.map(headCell)}</tr></thead>
<tbody>
${shown.map(({ content }) => content)}</tbody></table>`,
      )}`,
  };
}

function notShown(count: number): Markup | undefined {
  return count === 0
    ? undefined
    : markup`<p>${count} more have no room here, neither as rows nor as baselines: see report.json.</p>
`;
}

/** The lock with most cells, of equals the first: what most rows can be set beside. */
function baselineOf(series: readonly { readonly cells: readonly ReportCell[] }[]): number {
  const sizes = series.map(({ cells }) =>
    cells.some(isLock) ? cells.filter(isPacedByLock).length : 0,
  );
  return sizes.indexOf(Math.max(...sizes));
}

/** Every ratio of the column, as one family. */
function judgeColumn(
  rows: readonly Row[],
  bases: ReadonlyMap<number, Row>,
  noise: Noise,
): ReadonlyMap<Row, JudgedRatio> {
  const pairs = rows.flatMap((row) => {
    const base = bases.get(row.work);
    const below = base?.means ?? null;
    if (row === base || row.means === null || below === null) return [];
    return [{ row, measured: [row.means, below] as const }];
  });
  const judged = judgePairs(
    pairs.map(({ measured }) => measured),
    noise,
  );
  return new Map(pairs.map(({ row }, i) => [row, judged[i]!]));
}

function cellRow({ cell, means, series, work }: Row, ratio: Markup): Markup {
  const { throughputPerS, nsPerOperation } = cell.statistics;
  const place = [
    cell.adapter,
    cell.runtime,
    cell.store,
    workName(cell),
    `x${cell.contenders}`,
    `${cell.section}us`,
  ];
  const twin = cell.twin > 0 ? markup` data-twin` : undefined;
  const paced =
    means === null
      ? undefined
      : markup` data-means="${writeRowMeans({ all: logMeans(means.all), clean: logMeans(means.clean) })}"`;
  return markup`<tr id="${anchorOf(cell.key)}" data-series="${series}" data-work="${work}"${paced}${twin}><th scope="row">${breakable(cell.lock)}${[
    ...place.map((text) => markup`<td>${text}`),
    numberCell(throughputPerS.value, rate(throughputPerS.value)),
    markup`<td>${margin(throughputPerS)}`,
    numberCell(nsPerOperation.value, duration(nsPerOperation.value)),
    markup`<td class="text">${faultsOf(cell)}`,
    ratio,
    markup`<td>${notesOf(cell)}`,
  ]}
`;
}

function ratioCell(row: Row, base: Row | undefined, ratios: ReadonlyMap<Row, JudgedRatio>): Markup {
  if (row === base && row.means !== null) return markup`<td data-ratio data-value="1">baseline`;
  const judged = ratios.get(row);
  if (judged === undefined) return markup`<td data-ratio>-`;
  const value = Number(judged.ratio.value.toPrecision(6));
  return markup`<td data-ratio data-value="${value}">${judgedWords(judged)}`;
}

function headCell(name: string): Markup {
  return name === FAULTS
    ? markup`<th scope="col" class="text">${name}</th>`
    : markup`<th scope="col">${name}</th>`;
}

/** A line may end after a dot: `multiprocessing.Lock` alone would widen the column by half. */
function breakable(name: string): MarkupValue {
  return name.split(/(?<=\.)/).map((part, i) => (i === 0 ? part : markup`<wbr>${part}`));
}

function numberCell(value: number, text: string): Markup {
  return markup`<td data-value="${Number(value.toPrecision(6))}">${text}`;
}

function logMeans(values: readonly number[]): LogMeans {
  const logs = values.map(Math.log);
  return {
    blocks: logs.length,
    mean: logs.length === 0 ? 0 : mean(logs),
    variance: logs.length < 2 ? 0 : standardDeviation(logs) ** 2,
  };
}

function faultsOf(cell: ReportCell): string {
  if (!isWrong(cell)) return "none";
  const seen = violationsOf(cell);
  return isCandidate(cell) ? `WRONG: ${seen}` : seen;
}
