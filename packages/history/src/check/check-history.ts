import type { Call, History } from "../history.ts";
import type { Model } from "../models/model.ts";
import { modelOf } from "../models/models.ts";
import { explain } from "./explain.ts";
import { longestPrefix } from "./longest-prefix.ts";
import { type Found, Search } from "./search.ts";
import { NEVER, rankCalls, type Slice, sliceUntil } from "./slice.ts";
import type { HistoryVerdict, Method, ObjectVerdict, Verdict, Violation } from "./verdict.ts";

/** Steps for the calls on one object; some seconds. */
export const DEFAULT_STEPS = 10_000_000;

export interface CheckOptions {
  /**
   * How many steps a search may take for each object before its verdict is `unknown`; once more as
   * many to find the longest valid prefix of a violation. Default 10 000 000.
   */
  readonly steps?: number;
  /** `search`: never decide by serials or tokens. Default `any`. */
  readonly method?: "any" | "search";
}

/**
 * Tells whether a history is linearizable: whether each call can be given an instant between its
 * beginning and its return such that all calls, in the order of their instants, have the results that
 * one sequential object would give. Calls on different objects are judged apart, which is the same
 * (M. P. Herlihy and J. M. Wing, "Linearizability: a correctness condition for concurrent objects",
 * 1990: it is a local property).
 *
 * The verdict is exact, or `unknown`: it is never given by chance or for lack of time.
 * @throws {RangeError} if `steps` is not a whole number above 0
 */
export function checkHistory(history: History, options: CheckOptions = {}): HistoryVerdict {
  const { steps = DEFAULT_STEPS, method = "any" } = options;
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new RangeError(`Cannot check with ${steps} steps: allowed is a whole number from 1.`);
  const model = modelOf(history.settings);
  const groups = Map.groupBy(history.calls, ({ object }) => object);
  const objects = [...groups].map(([object, calls]) =>
    checkObject(model, history, object, calls, { steps, method }),
  );
  return {
    verdict: combined(objects),
    model: history.settings.model,
    calls: history.calls.length,
    clients: new Set(history.calls.map(({ client }) => client)).size,
    objects,
  };
}

function combined(objects: readonly ObjectVerdict[]): Verdict {
  const verdicts = new Set(objects.map(({ verdict }) => verdict));
  if (verdicts.has("violation")) return "violation";
  return verdicts.has("unknown") ? "unknown" : "ok";
}

function checkObject(
  model: Model,
  history: History,
  object: string,
  calls: readonly Call[],
  { steps: limit, method: wanted }: Required<CheckOptions>,
): ObjectVerdict {
  const ranked = rankCalls<unknown>(calls, history);
  const slice = sliceUntil(model, ranked, NEVER - 1);
  const quick = wanted === "any" ? model.decideQuickly(slice) : undefined;
  const verdictOf = (verdict: Verdict, method: Method, steps: number): ObjectVerdict => ({
    object,
    verdict,
    method,
    calls: calls.length,
    steps,
  });
  if (quick?.verdict === "ok") return verdictOf("ok", "order", 0);
  const found = search(model, slice, limit);
  if (quick === undefined && found.verdict !== "violation")
    return verdictOf(found.verdict, "search", found.steps);
  if (found.verdict === "ok")
    throw new Error(
      "Cannot give a verdict: order and search disagree, which is a fault of the checker.",
    );
  const prefix = longestPrefix(model, ranked, found, limit);
  const violation: Violation = {
    call: prefix.misfit.call as Call,
    sentence: explain(model, prefix, quick?.reason),
    prefix: {
      isLongest: prefix.isLongest,
      returned: prefix.returned,
      order: prefix.order.map(({ call }) => call as Call),
    },
  };
  const method = quick === undefined ? "search" : "order";
  return { ...verdictOf("violation", method, found.steps), violation };
}

function search(model: Model, slice: Slice, limit: number): Found {
  return new Search(model.machine(slice), slice, limit).run();
}
