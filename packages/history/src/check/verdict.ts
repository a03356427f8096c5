import type { Call, ModelName } from "../history.ts";

/**
 * What a check tells. `ok`: there is an order of the calls that respects real time and explains every
 * result. `violation`: there is none. `unknown`: the search reached its limit of steps.
 */
export type Verdict = "ok" | "violation" | "unknown";

/** How it was decided: by the order that serials or tokens give, or by searching. */
export type Method = "order" | "search";

export interface HistoryVerdict {
  /** `violation` if there is one on any object; else `unknown` if any is; else `ok`. */
  readonly verdict: Verdict;
  readonly model: ModelName;
  readonly calls: number;
  readonly clients: number;
  /** One for each object, in the order in which the history names them. */
  readonly objects: readonly ObjectVerdict[];
}

export interface ObjectVerdict {
  /** "" where the history names no object. */
  readonly object: string;
  readonly verdict: Verdict;
  readonly method: Method;
  readonly calls: number;
  readonly steps: number;
  /** Of a violation. */
  readonly violation?: Violation;
}

export interface Violation {
  /** The call that does not fit: the history up to just before its return is valid, and with it, it is not. */
  readonly call: Call;
  /** The same in plain words. */
  readonly sentence: string;
  readonly prefix: ValidPrefix;
}

/** The longest valid prefix of the calls on an object, in real time. */
export interface ValidPrefix {
  /** False if the search for it reached its limit: then there may be a longer one. */
  readonly isLongest: boolean;
  /** How many calls have returned in it. */
  readonly returned: number;
  /** A valid order. Calls that had begun but not returned are in it where they must have taken effect. */
  readonly order: readonly Call[];
}
