import type { Injected } from "../round/round-report.ts";
import type { Holds } from "./holds.ts";

/** Looks whether those who waited in a line, one behind the other, were granted in that order. */
export function lineFaults({ holds }: Holds, injected: readonly Injected[]): string[] {
  return injected.flatMap(({ what, atNs, how }) => {
    if (what !== "line" || how === undefined) return [];
    const granted = holds
      .filter(
        ({ client, grantedNs }) => how.split(" ").includes(client) && grantedNs > BigInt(atNs),
      )
      .toSorted((a, b) => Number(a.grantedNs - b.grantedNs));
    const first = new Map<string, number>();
    for (const { client, token } of granted) if (!first.has(client)) first.set(client, token);
    const order = [...first].toSorted(([, a], [, b]) => a - b).map(([client]) => client);
    const came = how.split(" ").filter((client) => first.has(client));
    return order.join(" ") === came.join(" ")
      ? []
      : [
          `those who waited in the order ${came.join(" ")} were granted in the order ${order.join(" ")}`,
        ];
  });
}
