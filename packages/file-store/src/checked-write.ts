import {
  checkCapacity,
  checkInteger,
  checkOrder,
  type Commit,
  type FencingToken,
  type Inventory,
  type Order,
} from "@ticketlock/core";
import { checkToken } from "./fencing.ts";

/** A write whose arguments have been checked and copied: what the caller's objects say later does not matter. */
export interface CheckedWrite {
  readonly capacity: number;
  readonly remaining: number;
  readonly token: FencingToken;
  readonly expectedVersion: number | undefined;
  readonly order: Order | undefined;
  /** Where the order's serials begin: they are the ones that `remaining` goes down by. */
  readonly firstSerial: number;
}

/** @throws {TypeError | RangeError} also if the order takes more tickets than are gone. */
export function checkWrite(next: Inventory, commit: Commit): CheckedWrite {
  const capacity = checkCapacity(next.capacity);
  const remaining = checkInteger("remaining", next.remaining, 0, capacity);
  const { expectedVersion } = commit;
  const order = commit.order === undefined ? undefined : copyOrder(commit.order);
  const firstSerial = capacity - remaining - (order?.quantity ?? 0);
  if (firstSerial < 0) {
    throw new RangeError(
      `Cannot write the order: it takes ${order!.quantity} tickets, but only ${capacity - remaining} of ${capacity} are gone.`,
    );
  }
  return {
    capacity,
    remaining,
    token: checkToken(commit.token),
    expectedVersion,
    order,
    firstSerial,
  };
}

/** @throws {TypeError | RangeError} */
export function copyOrder({ id, buyer, quantity }: Order): Order {
  return checkOrder({ id, buyer, quantity });
}
