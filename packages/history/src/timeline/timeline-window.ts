import { NEVER, rankCalls, type RankedCall } from "../check/slice.ts";
import type { Violation } from "../check/verdict.ts";
import type { Call, History, Operation } from "../history.ts";

const MOST_KNOWN = 18;
const MOST_UNKNOWN = 6;

/** A call as the timeline shows it. Places count ends of shown calls from the left, from 0. */
export interface ShownCall {
  readonly call: Call;
  readonly from: number;
  readonly to: number;
  /** It had not returned when the call that does not fit did. */
  readonly isPending: boolean;
  readonly isMisfit: boolean;
  /** Its number in the order of the longest valid prefix, from 1; and where it takes effect. */
  readonly taken: { readonly number: number; readonly at: number } | undefined;
}

export interface TimelineWindow {
  /** In the order in which they began. */
  readonly calls: readonly ShownCall[];
  /** How many places there are. */
  readonly width: number;
  /** How many calls on the object had begun by then and have no room. */
  readonly leftOut: number;
}

/** The calls around the one that does not fit: those under way when it returned, and the last ones before. */
export function timelineWindow(history: History, violation: Violation): TimelineWindow {
  const { call: misfit, prefix } = violation;
  const ranked = rankCalls(
    history.calls.filter(({ object }) => object === misfit.object),
    history,
  );
  const end = ranked.find(({ call }) => call === misfit)!.returnedAt;
  const begun = ranked.filter(({ calledAt }) => calledAt < end);
  const shown = chooseCalls(begun, misfit, end);
  const places = new Map<number, number>();
  const ends = shown.flatMap(({ calledAt, returnedAt }) => [
    calledAt,
    Math.min(returnedAt, end + 1),
  ]);
  for (const rank of [...new Set(ends)].sort((a, b) => a - b)) places.set(rank, places.size);
  const taken = effects(shown, prefix.order, places);
  return {
    calls: shown.map(({ call, calledAt, returnedAt }) => ({
      call,
      from: places.get(calledAt)!,
      to: places.get(Math.min(returnedAt, end + 1))!,
      isPending: returnedAt > end,
      isMisfit: call === misfit,
      taken: taken.get(call),
    })),
    width: places.size,
    leftOut: begun.length - shown.length,
  };
}

function chooseCalls(
  begun: readonly RankedCall<Operation>[],
  misfit: Call,
  end: number,
): readonly RankedCall<Operation>[] {
  const known = begun.filter(({ returnedAt }) => returnedAt !== NEVER);
  const latest = known
    .toSorted(
      (a, b) =>
        Math.min(b.returnedAt, end) - Math.min(a.returnedAt, end) || b.calledAt - a.calledAt,
    )
    .slice(0, MOST_KNOWN);
  const unknown = begun.filter(({ returnedAt }) => returnedAt === NEVER).slice(-MOST_UNKNOWN);
  const chosen = new Set([...latest, ...unknown]);
  return begun.filter((each) => chosen.has(each) || each.call === misfit);
}

/** Gives each call the earliest instant after those before it, and spreads those that fall together. */
function effects(
  shown: readonly RankedCall<Operation>[],
  order: readonly Call[],
  places: ReadonlyMap<number, number>,
): ReadonlyMap<Call, { readonly number: number; readonly at: number }> {
  const begins = new Map(shown.map(({ call, calledAt }) => [call, places.get(calledAt)!]));
  const steps: { call: Call; number: number; place: number }[] = [];
  let place = 0;
  for (const [i, call] of order.entries()) {
    const begin = begins.get(call);
    if (begin === undefined) continue;
    place = Math.max(place, begin);
    steps.push({ call, number: i + 1, place });
  }
  const taken = new Map<Call, { readonly number: number; readonly at: number }>();
  for (const [at, together] of Map.groupBy(steps, (step) => step.place))
    for (const [i, { call, number }] of together.entries())
      taken.set(call, { number, at: at + (i + 1) / (together.length + 1) });
  return taken;
}
