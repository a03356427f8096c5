import type { Slice } from "../check/slice.ts";
import type { Fields } from "../format/fields.ts";
import { HistoryFault, quote } from "../format/history-fault.ts";
import type { Machine, Model, QuickVerdict, Written } from "./model.ts";
import { operationUnknown } from "./operation-unknown.ts";
import { TicketPoolMachine } from "./ticket-pool-machine.ts";
import { type Sell, serials, type TicketPoolOperation } from "./ticket-pool-operation.ts";
import { decideBySerials } from "./ticket-pool-order.ts";

/**
 * So many tickets, sold in the order of their serials, from 0. An order is sold once, whoever repeats
 * it; it is sold out if it wants more than are left.
 */
export class TicketPool implements Model<TicketPoolOperation> {
  readonly operationNames: readonly string[] = ["sell", "read"];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  read(name: string, given: Fields, result: Fields | undefined): TicketPoolOperation {
    switch (name) {
      case "sell": {
        const [order, buyer] = [given.name("order"), given.name("buyer")];
        return { name, order, buyer, quantity: given.count("quantity", 1), result: sold(result) };
      }
      case "read":
        return { name, remaining: result?.count("remaining", 0) };
      default:
        throw operationUnknown(name, this.operationNames);
    }
  }

  write(operation: TicketPoolOperation): Written {
    if (operation.name === "read") {
      const { remaining } = operation;
      return remaining === undefined ? {} : { result: { remaining } };
    }
    const { order, buyer, quantity, result } = operation;
    const given = { arguments: { order, buyer, quantity } };
    if (result === undefined) return given;
    return { ...given, result: result === "sold out" ? { soldOut: true } : { ...result } };
  }

  withoutResult(operation: TicketPoolOperation): TicketPoolOperation | undefined {
    return operation.name === "read" ? undefined : { ...operation, result: undefined };
  }

  machine(slice: Slice<TicketPoolOperation>): Machine {
    return new TicketPoolMachine(slice, this.#capacity);
  }

  decideQuickly(slice: Slice<TicketPoolOperation>): QuickVerdict {
    return decideBySerials(slice, this.#capacity);
  }

  describe(operation: TicketPoolOperation): string {
    if (operation.name === "read")
      return operation.remaining === undefined ? "read" : `read ${operation.remaining} remaining`;
    const { order, quantity, result } = operation;
    const what = `sell ${quantity} for order ${quote(order)}`;
    if (result === undefined) return what;
    return result === "sold out" ? `${what}: sold out` : `${what}: ${serials(result)}`;
  }
}

function sold(result: Fields | undefined): Sell["result"] {
  if (result === undefined) return undefined;
  if (!result.has("soldOut"))
    return { firstSerial: result.count("firstSerial", 0), quantity: result.count("quantity", 1) };
  if (result.flag("soldOut")) return "sold out";
  throw new HistoryFault(
    "HISTORY_VALUE_INVALID",
    `"result.soldOut" is false. Allowed: true; for a sale write "firstSerial" and "quantity" instead.`,
  );
}
