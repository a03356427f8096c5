import type { Call, Operation } from "../history.ts";
import type { Random } from "./random.ts";

/**
 * Makes a valid history invalid, for certain: what it changes is wrong whatever the other calls are.
 * `undefined` if this history has no place for it.
 *
 * @param calls - all of known outcome, on one object
 * @param capacity - of a ticket pool
 */
export type Mutation = (
  calls: readonly Call[],
  random: Random,
  capacity: number,
) => readonly Call[] | undefined;

/** The same calls, but for one operation. */
export function withOperation(
  calls: readonly Call[],
  call: Call,
  operation: Operation,
): readonly Call[] {
  return calls.map((each) => (each === call ? { ...each, operation } : each));
}

/** A call before all others. */
export function callFirst(calls: readonly Call[], operation: Operation): readonly Call[] {
  const beginNs = calls.reduce((ns, { calledNs }) => (calledNs < ns ? calledNs : ns), 0n);
  const first: Call = {
    client: "stranger",
    object: calls[0]?.object ?? "",
    operation,
    calledNs: beginNs - 10n,
    returnedNs: beginNs - 5n,
    line: calls.length + 2,
  };
  return [...calls, first];
}

/** True if `a` had returned before `b` began. */
export function isBefore(a: Call, b: Call): boolean {
  return a.returnedNs !== undefined && a.returnedNs < b.calledNs;
}

/** A pair that `fits`, by trying pairs at random; `undefined` if none was found. */
export function pickPair(
  calls: readonly Call[],
  random: Random,
  fits: (a: Call, b: Call) => boolean,
): readonly [Call, Call] | undefined {
  for (let tries = 0; tries < 1_000; tries++) {
    const [a, b] = [random.pick(calls), random.pick(calls)];
    if (a !== undefined && b !== undefined && fits(a, b)) return [a, b];
  }
  return undefined;
}
