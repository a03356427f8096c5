import type { Fields } from "../format/fields.ts";
import type { Slice } from "../check/slice.ts";

/**
 * The calls of one slice as steps of a state machine. States are small integers, so that a
 * configuration of the search is cheap to remember. A call is named by its place: first those whose
 * outcome is known, in the order of `slice.known`, then those of `slice.unknown`.
 */
export interface Machine {
  readonly initial: number;
  /**
   * The state after the call has taken effect in `state`, or -1 if it cannot with the result it had.
   * It may be -1, too, where the call can but some known call could then never take effect. A call of
   * unknown outcome may give `state` itself: then it is not worth trying.
   *
   * If a known call fits both before and after a call of unknown outcome, then the latter is not
   * needed before it: what is valid in that order is also valid with the latter behind, or left out.
   */
  next(state: number, call: number): number;
  /** True for a known call that never changes a state: it can take effect as soon as it fits. */
  isObservation(call: number): boolean;
  /**
   * Unknown calls of one class are the same step, so the one that began first may always go first;
   * `undefined` if whether the call took effect can explain nothing.
   */
  classOf(call: number): string | undefined;
  /** The state as the end of a sentence: "the register holds 3". */
  describe(state: number): string;
}

/** What the order of serials or tokens tells without a search. */
export type QuickVerdict =
  | { readonly verdict: "ok" }
  /** `reason`: a whole sentence. */
  | { readonly verdict: "violation"; readonly reason: string }
  | undefined;

/** A call's arguments and result as JSON, apart from integers of any size. */
export interface Written {
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
}

/** A sequential object: what its operations are, and what each does to its state. */
export interface Model<O = unknown> {
  readonly operationNames: readonly string[];
  /**
   * Reads a call's arguments and, if its outcome is known, its result.
   * @throws {HistoryFault}
   */
  read(name: string, given: Fields, result: Fields | undefined): O;
  /** What `read` reads: arguments and result as the format has them. */
  write(operation: O): Written;
  /** The call as it is while its outcome is not known; `undefined` if it can then have changed nothing. */
  withoutResult(operation: O): O | undefined;
  machine(slice: Slice<O>): Machine;
  /** Decides a slice in O(n log n) where it can; its verdict is exact. */
  decideQuickly(slice: Slice<O>): QuickVerdict;
  /** The call in words, as "read 3". */
  describe(operation: O): string;
}
