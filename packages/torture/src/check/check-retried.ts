import type { Sale } from "@ticketlock/core";
import type { Sell } from "@ticketlock/history";

/** Orders that were asked for again and sold anew: with other serials, or a second time in the journal. */
export function retriedFaults(
  retried: Iterable<string>,
  told: readonly Sell[],
  journal: readonly Sale[] | undefined,
): string[] {
  const answers = Map.groupBy(told, ({ order }) => order);
  const stored = Map.groupBy(journal ?? [], ({ order }) => order);
  return [...new Set(retried)].flatMap((order) => {
    const serials = new Set((answers.get(order) ?? []).map(firstSerial));
    const times = stored.get(order)?.length ?? 0;
    if (serials.size > 1) return [`order ${order} was asked for again, and sold as ${[...serials].join(" and as ")}`]; // prettier-ignore
    return times > 1 ? [`order ${order} was asked for again, and is ${times} times in the journal`] : []; // prettier-ignore
  });
}

function firstSerial({ result }: Sell): number | undefined {
  return typeof result === "object" ? result.firstSerial : undefined;
}
