/** The tickets `firstSerial` to `firstSerial + quantity - 1`. */
export interface SoldTickets {
  readonly firstSerial: number;
  readonly quantity: number;
}

export interface Sell {
  readonly name: "sell";
  readonly order: string;
  readonly buyer: string;
  readonly quantity: number;
  /** `undefined`: not known. */
  readonly result: SoldTickets | "sold out" | undefined;
}

/** A call on a pool of tickets. */
export type TicketPoolOperation =
  | Sell
  /** `undefined`: not known. */
  | { readonly name: "read"; readonly remaining: number | undefined };

/** "serial 3", "serials 3 to 5" */
export function serials({ firstSerial, quantity }: SoldTickets): string {
  return quantity === 1
    ? `serial ${firstSerial}`
    : `serials ${firstSerial} to ${firstSerial + quantity - 1}`;
}
