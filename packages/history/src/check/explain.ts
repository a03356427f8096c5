import { quote } from "../format/history-fault.ts";
import type { Model } from "../models/model.ts";
import type { PrefixFound } from "./longest-prefix.ts";

const MOST_STATES = 3;

/**
 * Says in plain words what does not fit.
 * @param reason - a sentence that the order of serials or tokens gave
 */
export function explain<O>(
  model: Model<O>,
  prefix: PrefixFound<O>,
  reason: string | undefined,
): string {
  const { call } = prefix.misfit;
  const what = `The call of client ${quote(call.client)} from ${call.calledNs} to ${call.returnedNs} ns, ${model.describe(call.operation)}`;
  const fits = prefix.isLongest
    ? `${what}, fits nowhere between its beginning and its return${whatever(prefix.states)}.`
    : `${what}, is the first that may not fit; the search for the one that does not reached its limit of steps.`;
  return reason === undefined ? fits : `${fits} ${reason}`;
}

function whatever(states: readonly string[]): string {
  if (states.length === 0) return "";
  const shown = states.slice(0, MOST_STATES).join(", or ");
  const more = states.length > MOST_STATES ? ", or otherwise" : "";
  return `: whatever the order of the calls before, at its return ${shown}${more}`;
}
