import type { ReportCell } from "../report/report.ts";
import type { Estimate } from "../statistics/interval.ts";
import { logRatio } from "../statistics/log-ratio.ts";
import { blockMeans, cleanBlockMeans, LEAST_BLOCKS } from "./block-means.ts";
import { decide } from "./decide.ts";
import { familyIntervals } from "./family-intervals.ts";
import { leastFound } from "./least-found.ts";

/** What the blocks of a cell came to, at least one. */
export interface Measured {
  readonly all: readonly number[];
  /** Of blocks that nobody disturbed. */
  readonly clean: readonly number[];
}

/** What is not to be taken for a difference. */
export interface Noise {
  /** At least 1: what is added to each interval, so that twins do not come out different. */
  readonly band: number;
  /** At least 1: a smaller ratio says nothing, however sure it is. */
  readonly floor: number;
}

/** A ratio as far as its family tells. */
export interface JudgedRatio {
  /** Its interval is at Holm's level for the family. */
  readonly ratio: Estimate;
  /** False: a tie. */
  readonly isApart: boolean;
}

/**
 * The ratios of a family of pairs, and which of them can be told apart: those whose interval, at Holm's level for
 * the family, lies wholly beyond the noise band, and whose value lies beyond the noise floor, with all blocks and
 * to the same side without those that others disturbed. Where fewer than three undisturbed blocks are left of
 * either, all blocks alone decide; with one block on either side it is a tie.
 *
 * Tables, pictures and sentences of a report decide by this, so that they differ in what they compare only.
 */
export function judgePairs(
  pairs: readonly (readonly [above: Measured, below: Measured])[],
  noise: Noise,
): JudgedRatio[] {
  return intervalsOf(pairs, noise).map(({ ratio, undisturbed }) => {
    const side = sideOf(ratio, noise);
    const isGainsaid = undisturbed !== null && sideOf(undisturbed, noise) !== side;
    return { ratio, isApart: side !== 0 && !isGainsaid };
  });
}

/**
 * By how much each pair of a family would have to differ to be told apart by `judgePairs`, with intervals as wide as
 * these; null where no difference would do.
 */
export function leastApart(
  pairs: readonly (readonly [above: Measured, below: Measured])[],
  noise: Noise,
): (number | null)[] {
  return intervalsOf(pairs, noise).map(({ ratio, undisturbed }) => {
    const least = leastFound(undisturbed === null ? [ratio] : [ratio, undisturbed], noise.band);
    return least === null ? null : Math.max(least, noise.floor);
  });
}

/** At Holm's levels: of all blocks, and of undisturbed ones where enough are left of both. */
function intervalsOf(
  pairs: readonly (readonly [above: Measured, below: Measured])[],
  { band }: Noise,
): { readonly ratio: Estimate; readonly undisturbed: Estimate | null }[] {
  const all = familyIntervals(
    pairs.map(([above, below]) => logRatio(above.all, below.all)),
    band,
  );
  const clean = familyIntervals(
    pairs.map(([above, below]) =>
      Math.min(above.clean.length, below.clean.length) < LEAST_BLOCKS
        ? null
        : logRatio(above.clean, below.clean),
    ),
    band,
  );
  return pairs.map((_, i) => ({ ratio: all[i]!, undisturbed: clean[i] ?? null }));
}

/** A cell's time per operation, to be judged. */
export function measuredOf(cell: Pick<ReportCell, "blocks">): Measured {
  return { all: blockMeans(cell), clean: cleanBlockMeans(cell) };
}

/** 1 where the first of the pair is surely more, -1 where it is surely less, 0 where neither is sure. */
function sideOf(ratio: Estimate, { band, floor }: Noise): -1 | 0 | 1 {
  if (Math.max(ratio.value, 1 / ratio.value) <= floor) return 0;
  const decision = decide(ratio, band, 1);
  return decision === "slower" ? 1 : decision === "faster" ? -1 : 0;
}
