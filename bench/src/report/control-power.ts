import { BROKEN_EVERY, BROKEN_KIND } from "@ticketlock/core";
import { type Cell, isCounterCell, STEADY } from "../plan/cell.ts";
import { total } from "../statistics/total.ts";
import { isCandidate } from "./correctness.ts";
import { plural, rate } from "./format.ts";
import type { Report, ReportCell } from "./report.ts";
import type { Table } from "./table.ts";

/** What a cell of the control `broken` shows of the eye that looks for overlaps. */
export interface ControlPower {
  readonly cell: ReportCell;
  /** How often it walked in regardless of its lock while somebody looked: once in `BROKEN_EVERY` entries. */
  readonly walkIns: number;
  readonly overlaps: number;
  /** The share of walk-ins that is seen, at least: one walk-in shows up to three times. */
  readonly seenShare: number;
  /** The shortest sections of which that is true; null where it may have been repeated with longer ones than its cell's. */
  readonly section: number | null;
  /** Looks at locks of the same contenders in steady cells, with sections no shorter than that. */
  readonly looks: number;
  /** Locks that were looked at with shorter ones: there it says nothing. */
  readonly isShortOf: boolean;
}

/** As he comes in, as he leaves, and as the one leaves whom he met. */
const SIGNS_PER_WALK_IN = 3;
/** As in `zeroBound`. */
const RULE_OF_THREE = 3;

/** One for each cell of the control. */
export function controlPowers(cells: readonly ReportCell[]): ControlPower[] {
  return cells.filter(({ lock }) => lock === BROKEN_KIND).map((cell) => powerOf(cell, cells));
}

function powerOf(cell: ReportCell, cells: readonly ReportCell[]): ControlPower {
  const { overlaps, lostUpdates } = cell.checks;
  const walkIns = overlaps.trials / BROKEN_EVERY;
  const seen = overlaps.seen ?? 0;
  // A control that its throughput windows did not catch is looked at again with longer sections.
  const isOwnSection =
    lostUpdates.seen !== 0 &&
    cell.blocks.some(({ windows }) => windows.some((window) => window.lostUpdates !== 0));
  const section = isOwnSection ? cell.section : null;
  const candidates = cells.filter(
    (other) =>
      isCandidate(other) &&
      isCounterCell(other as Cell) &&
      other.scenario === STEADY &&
      other.adapter === cell.adapter &&
      other.runtime === cell.runtime &&
      other.checks.overlaps.seen !== null,
  );
  const covered = candidates.filter((other) => section !== null && other.section >= section);
  return {
    cell,
    walkIns,
    overlaps: seen,
    seenShare: walkIns === 0 ? 0 : Math.min(1, seen / SIGNS_PER_WALK_IN / walkIns),
    section,
    looks: total(covered, ({ checks }) => checks.overlaps.trials),
    isShortOf: covered.length < candidates.length,
  };
}

/** So many entries apart a lock may let two in and would still have been seen, with 95 % confidence; null if not even at each. */
export function seenOnceIn({ looks, seenShare }: ControlPower): number | null {
  const once = (looks * seenShare) / RULE_OF_THREE;
  return once >= 1 ? once : null;
}

/** What the zeros of a run are worth: where least was seen of the control, and where it says nothing. */
export function powerSentences(cells: readonly ReportCell[]): string[] {
  const powers = controlPowers(cells);
  const [worst] = powers
    .filter(({ looks, overlaps }) => looks > 0 && overlaps > 0)
    .sort((a, b) => (seenOnceIn(a) ?? 0) - (seenOnceIn(b) ?? 0));
  const short = powers.filter(({ isShortOf }) => isShortOf).map(({ cell }) => placeOf(cell));
  return [
    ...(worst === undefined ? [] : [worstSentence(worst)]),
    ...(short.length === 0
      ? []
      : [
          `Not calibrated: for ${short.join(", ")} the control was seen with longer sections than the locks had, so how rare an overlap a 0 excludes there is not known.`,
        ]),
  ];
}

function worstSentence(power: ControlPower): string {
  const once = seenOnceIn(power);
  return `How much a 0 says: least for ${placeOf(power.cell)}, where one in ${rate(1 / power.seenShare)} of the control's walk-ins was seen; ${
    once === null
      ? "too little was looked at for a 0 to exclude anything."
      : `a lock that lets two in as often as once in ${rate(once)} entries would have been seen.`
  }`;
}

function placeOf({ adapter, runtime }: ReportCell): string {
  return `${adapter} on ${runtime}`;
}

/** How rare an overlap each adapter's zeros exclude. */
export function controlTable({ cells }: Report): Table {
  return {
    title: "How much a 0 says: the control that lets two in",
    head: ["adapter", "runtime", "x", "us", "walk-ins", "overlaps", "seen", "0 excludes"],
    words: 2,
    rows: controlPowers(cells).map((power) => {
      const { cell, walkIns, overlaps, seenShare, section } = power;
      const once = seenOnceIn(power);
      return [
        cell.adapter,
        cell.runtime,
        String(cell.contenders),
        section === null ? `${cell.section}+` : String(section),
        rate(walkIns),
        rate(overlaps),
        seenShare === 0 ? "none" : `1 in ${rate(1 / seenShare)}`,
        once === null ? "-" : `1 in ${rate(once)}`,
      ];
    }),
    notes: [
      `walk-ins: the control ignores its lock once in ${plural(BROKEN_EVERY, "entry", "entries")}. seen: of these, at least, since one may show ${SIGNS_PER_WALK_IN} times.`,
      "0 excludes: a lock of the same adapter that lets two in as often as that, in sections no shorter than us, would have been seen, with 95 % confidence; a dash: nothing. 0+: the control may have been repeated with longer sections until it was seen.",
    ],
  };
}
