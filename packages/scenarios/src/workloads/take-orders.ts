import {
  buy,
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
  let sold = 0;
  let retries = 0;
  let tornReads = 0;
  role.tell(`opens with ${share} orders to take`, "searching");
  for (let i = 0; i < share; i++) {
    if (signal.aborted) throw signal.reason;
    const order = { id: `${run}-${index}-${i}`, buyer: `buyer-${index}-${i}`, quantity: 1 };
    const purchase = await buy(mode, contender, order, hooks);
    if (purchase.sold && sold++ === 0) role.tell("sells its first ticket", "sold");
    retries += purchase.retries;
    tornReads += purchase.tornReads;
  }
  role.tell(`closes: ${sold} sold, ${share - sold} told sold out`, "ended");
  return role.report({ orders: share, sold, retries, tornReads });
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
