import type { HistoryVerdict, ObjectVerdict } from "../check/verdict.ts";
import { quote } from "../format/history-fault.ts";
import type { Call } from "../history.ts";
import type { Model } from "../models/model.ts";

const MOST_OBJECTS = 10;
/** Of the valid order, the last ones only. */
const MOST_CALLS = 8;

/** Besides the verdict, what was read. */
export interface ReadRemarks {
  readonly failed: number;
  readonly cutOff: boolean;
}

/** The verdict in words, for a terminal. */
export function verdictLines(
  verdict: HistoryVerdict,
  model: Model,
  { failed, cutOff }: ReadRemarks,
): readonly string[] {
  const { calls, clients, objects } = verdict;
  const steps = objects.reduce((sum, each) => sum + each.steps, 0);
  const what = `${counted(calls, "call")} by ${counted(clients, "client")} on ${counted(objects.length, "object")}, ${verdict.model}`;
  const how = steps === 0 ? "decided by their order" : `${counted(steps, "step")} of search`;
  const wrong = objects.filter((each) => each.verdict !== "ok");
  const more = wrong.length - MOST_OBJECTS;
  return [
    `${verdict.verdict}: ${what}; ${how}.`,
    ...(failed > 0 ? [`${counted(failed, "call")} without effect left out.`] : []),
    ...(cutOff ? ["The last line is cut off, and left out."] : []),
    ...wrong.slice(0, MOST_OBJECTS).flatMap((each) => objectLines(each, model)),
    ...(more > 0 ? [`${counted(more, "more object")} with a violation or without a verdict.`] : []),
  ];
}

function objectLines(
  { object, verdict, steps, violation }: ObjectVerdict,
  model: Model,
): readonly string[] {
  const name = object === "" ? "" : `${quote(object)}: `;
  if (violation === undefined)
    return [`${name}${verdict} after ${counted(steps, "step")}. Allow more by --steps.`];
  const { sentence, prefix, call } = violation;
  const last = prefix.order.slice(-MOST_CALLS);
  const before = prefix.order.length - last.length;
  return [
    `${name}${sentence} [line ${call.line}]`,
    `The ${counted(prefix.returned, "call")} that returned before it ${prefix.isLongest ? "are valid, for one" : "are valid at least, for one"} in this order${before > 0 ? ` (the last ${last.length} of ${prefix.order.length})` : ""}:`,
    ...last.map((each, i) => `  ${before + i + 1}. ${callLine(each, model)}`),
  ];
}

function callLine({ client, operation, calledNs, returnedNs }: Call, model: Model): string {
  const until = returnedNs === undefined ? "" : ` to ${returnedNs}`;
  return `${quote(client)}: ${model.describe(operation)} [${calledNs}${until}]`;
}

function counted(count: number, word: string): string {
  return `${count.toLocaleString("en").replaceAll(",", " ")} ${word}${count === 1 ? "" : "s"}`;
}
