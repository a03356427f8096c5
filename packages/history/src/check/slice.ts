import type { Call, History } from "../history.ts";
import type { Model } from "../models/model.ts";

/** The rank of a return that never came. */
export const NEVER: number = 2 ** 31 - 1;

/** A call on one object, with the ranks of its two ends among all ends of calls on that object. */
export interface RankedCall<O = unknown> {
  readonly call: Call<O>;
  /** As the slice sees it: without the result where that is not known yet. */
  readonly operation: O;
  readonly calledAt: number;
  /** `NEVER` if the outcome is not known. */
  readonly returnedAt: number;
}

/** Calls to be put in order. */
export interface Slice<O = unknown> {
  /** Whose outcome is known: each must take effect between its two ends. In the order in which they began. */
  readonly known: readonly RankedCall<O>[];
  /** May take effect at any time after they began, or never. In the order in which they began. */
  readonly unknown: readonly RankedCall<O>[];
}

/**
 * Ranks the ends of calls by time. Where a call begins at the very time at which another returns,
 * its beginning comes first: a clock that does not tell them apart proves no order. With a clock
 * error e, a call that begins up to 2e after another's return is no later than it.
 */
export function rankCalls<O>(
  calls: readonly Call<O>[],
  { clockErrorNs }: Pick<History, "clockErrorNs">,
): readonly RankedCall<O>[] {
  const ends = calls.flatMap(({ calledNs, returnedNs }, i) => {
    const begin = { i, isReturn: false, atNs: calledNs - 2n * clockErrorNs };
    return returnedNs === undefined ? [begin] : [begin, { i, isReturn: true, atNs: returnedNs }];
  });
  ends.sort((a, b) =>
    a.atNs === b.atNs ? Number(a.isReturn) - Number(b.isReturn) : a.atNs < b.atNs ? -1 : 1,
  );
  const calledAt = new Int32Array(calls.length);
  const returnedAt = new Int32Array(calls.length).fill(NEVER);
  for (const [rank, { i, isReturn }] of ends.entries())
    (isReturn ? returnedAt : calledAt)[i] = rank;
  return calls
    .map((call, i) => ({
      call,
      operation: call.operation,
      calledAt: calledAt[i]!,
      returnedAt: returnedAt[i]!,
    }))
    .sort((a, b) => a.calledAt - b.calledAt);
}

/**
 * What had happened when the end of rank `last` had: who has not returned by then may or may not
 * have taken effect, with any result.
 *
 * @param ranked - in the order in which they began
 */
export function sliceUntil<O>(
  model: Model<O>,
  ranked: readonly RankedCall<O>[],
  last: number,
): Slice<O> {
  const known: RankedCall<O>[] = [];
  const unknown: RankedCall<O>[] = [];
  for (const each of ranked) {
    if (each.calledAt > last) break;
    if (each.returnedAt <= last && each.returnedAt !== NEVER) {
      known.push(each);
      continue;
    }
    const operation = model.withoutResult(each.operation);
    if (operation !== undefined) unknown.push({ ...each, operation, returnedAt: NEVER });
  }
  return { known, unknown };
}
