import type { SectionTimes } from "../../run/block.ts";

/** A stretch of a window, in nanoseconds after its beginning, and the sections that reach into it. */
export interface TimelineSlice {
  readonly fromNs: number;
  readonly toNs: number;
  readonly sections: readonly SectionTimes[];
}

/** A time during which two or more contenders were inside at once. */
export interface Overlap {
  readonly fromNs: number;
  readonly toNs: number;
  /** Most at one instant. */
  readonly inside: number;
}

/** Places where slices may begin are so far apart. */
const STEP_NS = 5e6;
/** Overlaps that are interrupted for no longer than this are one: somebody left only to come in again. */
const JOINED_NS = 50e3;

/** Share of the worst stretch at which its longest wait ends: what led to it is shown, and a little of what followed. */
const WORST_AT = 0.8;

/**
 * The stretch of `lengthNs` whose longest wait is the median of all stretches', and one around the longest wait
 * of all. Both are the same where everything fits into one. Who ends first ends what is looked at, as long as
 * there is enough: nobody waits for those who are gone.
 *
 * @param sections - at least one
 */
export function chooseSlices(
  sections: readonly SectionTimes[],
  lengthNs: number,
): { readonly typical: TimelineSlice; readonly worst: TimelineSlice } {
  const lastStartNs = Math.max(0, endOf(sections, lengthNs) - lengthNs);
  const starts = [0];
  while (starts.at(-1)! + STEP_NS <= lastStartNs) starts.push(starts.at(-1)! + STEP_NS);
  const byWait = starts
    .map((fromNs) => sliceFrom(sections, fromNs, lengthNs))
    .sort((a, b) => longestWaitNs(a) - longestWaitNs(b));
  const typical = byWait[(byWait.length - 1) >> 1]!;
  if (lastStartNs === 0) return { typical, worst: typical };
  const worstNs = longestWaitNs(sliceFrom(sections, 0, lastStartNs + lengthNs));
  const [, , enteredNs] = sections.find(([, asked, entered]) => entered - asked === worstNs)!;
  const fromNs = Math.min(lastStartNs, Math.max(0, enteredNs - WORST_AT * lengthNs));
  return { typical, worst: sliceFrom(sections, fromNs, lengthNs) };
}

/** When the first contender left for the last time; when the last one did, if that is too soon. */
function endOf(sections: readonly SectionTimes[], lengthNs: number): number {
  const lastLeft = new Map<number, number>();
  for (const [contender, , , leftNs] of sections) lastLeft.set(contender, leftNs);
  const first = Math.min(...lastLeft.values());
  return first >= lengthNs ? first : Math.max(...lastLeft.values());
}

function sliceFrom(
  sections: readonly SectionTimes[],
  fromNs: number,
  lengthNs: number,
): TimelineSlice {
  const toNs = fromNs + lengthNs;
  return {
    fromNs,
    toNs,
    sections: sections.filter(([, askedNs, , leftNs]) => askedNs < toNs && leftNs > fromNs),
  };
}

/** The longest wait that ends within the slice; 0 if none does. */
export function longestWaitNs({ sections, fromNs, toNs }: TimelineSlice): number {
  return Math.max(
    0,
    ...sections
      .filter(([, , enteredNs]) => enteredNs >= fromNs && enteredNs < toNs)
      .map(([, askedNs, enteredNs]) => enteredNs - askedNs),
  );
}

/**
 * When two or more were inside, cut to the slice.
 *
 * @param clockErrorNs - what the contenders' clocks may differ by: what is no longer than that proves nothing and is left out
 */
export function overlapsOf(
  { sections, fromNs, toNs }: TimelineSlice,
  clockErrorNs: number,
): Overlap[] {
  const changes = sections
    .flatMap(([, , enteredNs, leftNs]) => [
      { ns: Math.max(fromNs, enteredNs), by: 1 },
      { ns: Math.min(toNs, leftNs), by: -1 },
    ])
    .filter(({ ns }) => ns >= fromNs && ns <= toNs)
    // Who leaves as another comes in was not inside with it.
    .sort((a, b) => a.ns - b.ns || a.by - b.by);
  const overlaps: Overlap[] = [];
  let inside = 0;
  changes.forEach(({ ns, by }, i) => {
    inside += by;
    const nextNs = changes[i + 1]?.ns ?? toNs;
    if (inside < 2 || nextNs <= ns) return;
    const last = overlaps.at(-1);
    if (last === undefined || ns - last.toNs > JOINED_NS) {
      overlaps.push({ fromNs: ns, toNs: nextNs, inside });
    } else {
      const { fromNs } = last;
      overlaps[overlaps.length - 1] = {
        fromNs,
        toNs: nextNs,
        inside: Math.max(last.inside, inside),
      };
    }
  });
  return overlaps.filter((overlap) => overlap.toNs - overlap.fromNs > clockErrorNs);
}
