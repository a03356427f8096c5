import { readdirSync, readFileSync } from "node:fs";
import type { Order } from "@ticketlock/core";

/** Orders in the histories of a folder whose call has not returned: of clients that died, or were told an error. */
export function unansweredOrders(folder: string): Order[] {
  const open = new Map<string, Order>();
  for (const name of readdirSync(folder)) {
    if (!name.startsWith("store-")) continue;
    const lines = readFileSync(`${folder}/${name}`, "utf8").split("\n");
    lines.pop(); // what no line end follows was never written whole
    for (const line of lines) {
      const { id, operation, arguments: given, outcome } = JSON.parse(line) as Line;
      if (operation === "sell" && given !== undefined) {
        const { order, buyer, quantity } = given;
        open.set(id, { id: order, buyer, quantity });
      } else if (operation === undefined && outcome !== "unknown") open.delete(id);
    }
  }
  return [...open.values()];
}

interface Line {
  readonly id: string;
  readonly operation?: string;
  readonly outcome?: string;
  readonly arguments?: {
    readonly order: string;
    readonly buyer: string;
    readonly quantity: number;
  };
}
