import type { HistoryVerdict } from "../check/verdict.ts";
import type { ReadRemarks } from "./verdict-lines.ts";

/** The verdict as one line of JSON. Times and tokens are texts of digits; calls of the valid order are named by their lines. */
export function verdictJson(verdict: HistoryVerdict, { failed, cutOff }: ReadRemarks): string {
  const objects = verdict.objects.map(({ violation, ...rest }) => {
    if (violation === undefined) return rest;
    const { call, sentence, prefix } = violation;
    const order = prefix.order.map(({ line }) => line);
    return { ...rest, violation: { sentence, call, prefix: { ...prefix, order } } };
  });
  return JSON.stringify({ ...verdict, failed, cutOff, objects }, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}
