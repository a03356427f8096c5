import {
  buy,
  isTicketlockError,
  type BuyHooks,
  type Contender,
  type SellingMode,
  sellingModes,
} from "@ticketlock/core";
import { Role, type WorkReport } from "../role.ts";

export interface TakeOrdersInput {
  readonly mode: SellingMode;
  /** Orders of all contenders together. */
  readonly orders: number;
  readonly thinkMs: number;
  readonly run: string;
}

export interface TakeOrdersReport extends WorkReport {
  readonly orders: number;
  readonly sold: number;
  readonly retries: number;
  readonly tornReads: number;
  /** What ended its work before its orders did. */
  readonly failure?: string;
}

/** Takes this contender's share of a flood of orders, one after the other. */
export default async function takeOrders(
  contender: Contender,
  input: TakeOrdersInput,
): Promise<TakeOrdersReport> {
  const { mode, orders, thinkMs, run } = input;
  const role = new Role(contender);
  const { index, count, signal } = contender;
  const share = Math.floor(orders / count) + (index < orders % count ? 1 : 0);
  const hooks = hooksFor(mode, role, thinkMs);
  const counted = { orders: 0, sold: 0, retries: 0, tornReads: 0 };
  role.tell(`opens with ${share} orders to take`, "searching");
  try {
    for (let i = 0; i < share; i++) {
      if (signal.aborted) throw signal.reason;
      const order = { id: `${run}-${index}-${i}`, buyer: `buyer-${index}-${i}`, quantity: 1 };
      const purchase = await buy(mode, contender, order, hooks);
      if (purchase.sold && counted.sold++ === 0) role.tell("sells its first ticket", "sold");
      counted.orders++;
      counted.retries += purchase.retries;
      counted.tornReads += purchase.tornReads;
    }
  } catch (error) {
    // What was sold before counts: a broken lock may well end in a store that refuses.
    if (!isTicketlockError(error) || signal.aborted) throw error;
    return role.report({ ...counted, failure: error.message });
  }
  const { orders: taken, sold } = counted;
  role.tell(`closes: ${sold} sold, ${taken - sold} told sold out`, "ended");
  return role.report(counted);
}

/** Ten thousand purchases would be as many lines: stays are measured, not told. */
function hooksFor(mode: SellingMode, role: Role, thinkMs: number): BuyHooks {
  return {
    ...(thinkMs > 0 ? { think: () => role.sleep(thinkMs) } : {}),
    ...(sellingModes[mode].lock === "none"
      ? {}
      : {
          tell: (step) => {
            if (step === "enter") role.startStay();
            else if (step === "exit") role.endStay();
          },
        }),
  };
}
