import { BROKEN_EVERY, BROKEN_KIND } from "@ticketlock/core";
import { type Cell, isCounterCell, STEADY } from "../plan/cell.ts";
import type { BlockResult } from "../run/block.ts";
import { CONFIDENCE } from "../statistics/interval.ts";
import { leastShare } from "../statistics/least-share.ts";
import { total } from "../statistics/total.ts";
import { isCandidate } from "./correctness.ts";
import { count, plural, rate } from "./format.ts";
import type { Report, ReportCell } from "./report.ts";
import type { Table } from "./table.ts";

/** What a cell of the control `broken` shows of the eye that looks for overlaps. */
export interface ControlPower {
  readonly cell: ReportCell;
  /** How often it walked in regardless of its lock while somebody looked: once in `BROKEN_EVERY` entries. */
  readonly walkIns: number;
  readonly overlaps: number;
  /** The share of walk-ins that was seen, at least: one walk-in shows up to three times. */
  readonly seenShare: number;
  /** What that share is no smaller than, by what was seen in the block in which least was; as sure as `EACH` says. */
  readonly leastShare: number;
  /** The shortest sections of which that is true; null where it may have been repeated with longer ones than its cell's. */
  readonly section: number | null;
  /** Looks at locks of the same contenders in steady cells, with sections no shorter than that. */
  readonly looks: number;
  /** Locks that were looked at with shorter ones: there it says nothing. */
  readonly isShortOf: boolean;
}

/** As he comes in, as he leaves, and as the one leaves whom he met. */
const SIGNS_PER_WALK_IN = 3;
/** A 0 excludes something if both the share that is seen and the looks suffice: each may fail half as often as both. */
const EACH = 1 - (1 - CONFIDENCE) / 2;
/** So many faults that are seen are expected of a lock of which none is seen by a chance of 1 - `EACH`. */
const EXPECTED_OF_NONE = -Math.log(1 - EACH);

/** One for each cell of the control. */
export function controlPowers(cells: readonly ReportCell[]): ControlPower[] {
  return cells.filter(({ lock }) => lock === BROKEN_KIND).map((cell) => powerOf(cell, cells));
}

function powerOf(cell: ReportCell, cells: readonly ReportCell[]): ControlPower {
  const { overlaps, lostUpdates } = cell.checks;
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
  const walkIns = walkInsOf(overlaps.trials);
  return {
    cell,
    walkIns,
    overlaps: seen,
    seenShare: walkIns === 0 ? 0 : seenOf(seen, walkIns) / walkIns,
    leastShare: leastShareOf(cell.blocks),
    section,
    looks: total(covered, ({ checks }) => checks.overlaps.trials),
    isShortOf: covered.length < candidates.length,
  };
}

/** In so many entries, each contender's last ones left out that were too few for another. */
function walkInsOf(entries: number): number {
  return Math.floor(entries / BROKEN_EVERY);
}

/** So many walk-ins were seen, at least, by so many overlaps. */
function seenOf(overlaps: number, walkIns: number): number {
  return Math.min(walkIns, Math.ceil(overlaps / SIGNS_PER_WALK_IN));
}

/** How often two meet differs more between processes than within one, so that the worst of several counts. */
function leastShareOf(blocks: readonly BlockResult[]): number {
  const shares = blocks.flatMap(({ check }) => {
    if (check === null) return [];
    const walkIns = walkInsOf(check.overlapTrials);
    return [leastShare(seenOf(check.overlaps, walkIns), walkIns, EACH)];
  });
  return shares.length === 0 ? 0 : Math.min(...shares);
}

/** So many entries apart a lock may let two in and would still have been seen, as its control was; null if not even at each. */
export function seenOnceIn({ looks, leastShare: share }: ControlPower): number | null {
  const once = (looks * share) / EXPECTED_OF_NONE;
  return once >= 1 ? once : null;
}

/** What the zeros of a run are worth: where nothing, where least, and where that is not known. */
export function powerSentences(cells: readonly ReportCell[]): string[] {
  const powers = controlPowers(cells).filter(({ looks, isShortOf }) => looks > 0 || isShortOf);
  const nothing = powers.flatMap((power) => {
    const why = whyNothing(power);
    return why === undefined ? [] : [`${placeOf(power.cell)}, where ${why}`];
  });
  const [worst] = powers
    .filter((power) => power.looks > 0 && seenOnceIn(power) !== null)
    .sort((a, b) => seenOnceIn(a)! - seenOnceIn(b)!);
  const short = powers
    .filter(({ isShortOf, overlaps }) => isShortOf && overlaps > 0)
    .map(({ cell }) => placeOf(cell));
  return [
    ...(nothing.length === 0 ? [] : [`A 0 excludes nothing for ${nothing.join("; ")}.`]),
    ...(worst === undefined ? [] : [worstSentence(worst, nothing.length > 0)]),
    ...(short.length === 0
      ? []
      : [
          `Not calibrated: for ${short.join(", ")} the control was seen with longer sections than the locks had, so how rare an overlap a 0 excludes there is not known.`,
        ]),
  ];
}

/** Why no rate of overlaps is excluded, not even one at each entry; undefined where one is, or where that is not known. */
function whyNothing(power: ControlPower): string | undefined {
  const { overlaps, walkIns, looks } = power;
  if (overlaps === 0)
    return `none of the control's ${count(walkIns)} walk-ins was seen as an overlap`;
  return looks > 0 && seenOnceIn(power) === null
    ? "too little was looked at for how seldom the control's walk-ins were seen"
    : undefined;
}

function worstSentence(power: ControlPower, isOfOthers: boolean): string {
  return `How much a 0 says: least ${isOfOthers ? "of the others " : ""}for ${placeOf(power.cell)}, where one in ${rate(1 / power.seenShare)} of the control's walk-ins was seen; a lock that lets two in as often as once in ${rate(seenOnceIn(power)!)} entries would have been seen, if it shows as this run's control did.`;
}

function placeOf({ adapter, runtime }: ReportCell): string {
  return `${adapter} on ${runtime}`;
}

/** How rare an overlap each adapter's zeros exclude. */
export function controlTable({ cells }: Report): Table {
  const powers = controlPowers(cells);
  const blocks = Math.max(0, ...powers.map(({ cell }) => cell.blocks.length));
  return {
    title: "How much a 0 says: the control that lets two in",
    head: ["adapter", "runtime", "x", "us", "walk-ins", "overlaps", "seen", "0 excludes"],
    words: 2,
    rows: powers.map((power) => {
      const { cell, walkIns, overlaps, seenShare, section } = power;
      const once = seenOnceIn(power);
      return [
        cell.adapter,
        cell.runtime,
        String(cell.contenders),
        section === null ? `${cell.section}+` : String(section),
        count(walkIns),
        count(overlaps),
        seenShare === 0 ? "none" : `1 in ${rate(1 / seenShare)}`,
        once === null ? "-" : `1 in ${rate(once)}`,
      ];
    }),
    notes: [
      `walk-ins: the control ignores its lock once in ${plural(BROKEN_EVERY, "entry", "entries")}. seen: of these, at least, since one may show ${SIGNS_PER_WALK_IN} times.`,
      `0 excludes: a lock of the same adapter that lets two in as often as that, in sections no shorter than us, would have been seen; a dash: nothing. It is taken from the lower limit of the share that was seen${blocks > 1 ? ", in the process where that was least" : ", in one process"}, and is of this run's control: in another run the share may be several times smaller, and that is in no limit. 0+: the control may have been repeated with longer sections until it was seen.`,
    ],
  };
}
