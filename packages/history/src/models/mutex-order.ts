import type { RankedCall, Slice } from "../check/slice.ts";
import { quote } from "../format/history-fault.ts";
import type { QuickVerdict } from "./model.ts";
import type { MutexOperation } from "./mutex.ts";

/** From an acquisition to what ends it. */
interface Hold {
  readonly token: bigint;
  readonly acquired: RankedCall<MutexOperation>;
  released: RankedCall<MutexOperation> | undefined;
}

type Violation = Extract<QuickVerdict, { verdict: "violation" }>;

/**
 * Decides by the order that tokens give to the holds, in O(n log n): each end of a hold takes effect
 * as early as those before it and its own beginning allow, and must not be later than its return.
 *
 * Decides nothing where a granted acquisition has no token, where it is not plain which release ends
 * which hold, or where an acquisition of unknown outcome might mend what does not fit.
 */
export function decideByTokens(slice: Slice<MutexOperation>): QuickVerdict {
  const holds = holdsIn(slice.known);
  if (holds === undefined) return undefined;
  holds.sort((a, b) => (a.token < b.token ? -1 : a.token > b.token ? 1 : 0));
  for (const [i, { token, acquired }] of holds.entries()) {
    const next = holds[i + 1];
    if (next?.token === token)
      return violation(
        `Token ${token} was issued twice, to ${whose(acquired)} and to ${whose(next.acquired)}.`,
      );
  }
  const freedFrom = unknownEnds(slice.unknown);
  const grantedAt: number[] = [];
  const wrong =
    orderHolds(holds, freedFrom, grantedAt) ?? placeFailedTries(slice.known, holds, grantedAt);
  if (wrong === undefined) return { verdict: "ok" };
  const mended = slice.unknown.some(({ operation }) => isAcquisition(operation));
  return mended ? undefined : wrong;
}

function isAcquisition({ name }: MutexOperation): boolean {
  return name === "acquire" || name === "tryAcquire";
}

/** In no order; `undefined` if it is not plain which holds there were. */
function holdsIn(known: readonly RankedCall<MutexOperation>[]): Hold[] | undefined {
  const holds: Hold[] = [];
  const latest = new Map<string, { readonly returnedAt: number; hold: Hold | undefined }>();
  const endless = new Set<string>();
  for (const ranked of known) {
    const { operation, call, calledAt, returnedAt } = ranked;
    if (operation.name === "died") return undefined;
    if (operation.name === "tryAcquire" && operation.acquired === false) continue;
    const before = latest.get(call.client);
    if (before !== undefined && before.returnedAt > calledAt) return undefined;
    if (operation.name === "release") {
      const hold = before?.hold;
      if (hold === undefined) return undefined;
      if (operation.token !== undefined && operation.token !== hold.token) return undefined;
      hold.released = ranked;
      latest.set(call.client, { returnedAt, hold: undefined });
      continue;
    }
    if (operation.token === undefined) return undefined;
    if (before?.hold !== undefined) {
      if (endless.has(call.client)) return undefined;
      endless.add(call.client);
    }
    const hold: Hold = { token: operation.token, acquired: ranked, released: undefined };
    holds.push(hold);
    latest.set(call.client, { returnedAt, hold });
  }
  for (const [client, { hold }] of latest)
    if (hold !== undefined && endless.has(client)) return undefined;
  return holds;
}

/** From when on each client's hold may come free by a death, or by a release that did not return. */
function unknownEnds(unknown: readonly RankedCall<MutexOperation>[]): (hold: Hold) => number {
  const ends = new Map<string, RankedCall<MutexOperation>[]>();
  for (const ranked of unknown) {
    if (isAcquisition(ranked.operation)) continue;
    const { client } = ranked.call;
    ends.set(client, [...(ends.get(client) ?? []), ranked]);
  }
  return ({ token, acquired }) => {
    const end = ends.get(acquired.call.client)?.find(({ operation }) => {
      const named = operation.name === "release" ? operation.token : undefined;
      return named === undefined || named === token;
    });
    return end?.calledAt ?? Infinity;
  };
}

/** Fills in when each hold begins at the earliest. */
function orderHolds(
  holds: readonly Hold[],
  freedFrom: (hold: Hold) => number,
  grantedAt: number[],
): Violation | undefined {
  let freedAt = -1;
  for (const [i, hold] of holds.entries()) {
    const { token, acquired, released } = hold;
    if (freedAt > acquired.returnedAt) {
      const before = holds[i - 1]!;
      return violation(
        `Token ${token} was granted to ${whose(acquired)} before the hold of ${whose(before.acquired)} with token ${before.token} could end.`,
      );
    }
    grantedAt.push(Math.max(freedAt, acquired.calledAt));
    freedAt = Math.max(grantedAt[i]!, released?.calledAt ?? freedFrom(hold));
  }
  return undefined;
}

/**
 * A try that failed goes into the last hold that can have begun by then. If it is over too early,
 * so are those before it; and nothing that follows is delayed, for the next hold begins only after
 * the try has returned.
 */
function placeFailedTries(
  known: readonly RankedCall<MutexOperation>[],
  holds: readonly Hold[],
  grantedAt: readonly number[],
): Violation | undefined {
  for (const { operation, call, calledAt, returnedAt } of known) {
    if (operation.name !== "tryAcquire" || operation.acquired !== false) continue;
    const hold = holds[countUpTo(grantedAt, returnedAt) - 1];
    if (hold !== undefined && calledAt <= (hold.released?.returnedAt ?? Infinity)) continue;
    return violation(`The try of ${quote(call.client)} failed while nobody held the lock.`);
  }
  return undefined;
}

/** How many of the rising numbers are `most` at most. */
function countUpTo(rising: readonly number[], most: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

function whose({ call }: RankedCall<MutexOperation>): string {
  return quote(call.client);
}

function violation(reason: string): Violation {
  return { verdict: "violation", reason };
}
