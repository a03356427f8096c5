import {
  type FencingToken,
  isAtomicTicketStore,
  isTicketlockError,
  type Order,
  type TicketStore,
} from "@ticketlock/core";
import type { RecordedCall } from "@ticketlock/history";
import type { Draw } from "../plan/draw.ts";
import type { HistoryFiles } from "./history-files.ts";
import { pause, think } from "./pausing.ts";

/** Orders are for so many tickets at most. */
const MOST_TICKETS = 3;
const LONG_SHARE = 0.15;
const MOST_BYTES = 64;
const RETRY_SHARE = 0.1;
const OPTIMISTIC_SHARE = 0.3;

/** How one client buys from a store, with its history. */
export class Selling {
  readonly #store: TicketStore;
  readonly #files: HistoryFiles;
  readonly #draw: Draw;
  readonly #expected: readonly string[];
  #orders = 0;

  /** `mayBeFull`: the store may refuse for want of room, and has sold nothing then. */
  constructor(store: TicketStore, files: HistoryFiles, draw: Draw, mayBeFull: boolean) {
    this.#store = store;
    this.#files = files;
    this.#draw = draw;
    this.#expected = mayBeFull ? ["STORE_FULL"] : [];
  }

  get isFenced(): boolean {
    return this.#store.guarantees.fenced;
  }

  /** Looks without a lock. A store that promises nothing may be seen half written. */
  async search(): Promise<void> {
    const call = this.#files.storeCall("read");
    try {
      const { remaining } = await this.#store.read();
      call.returned({ remaining });
    } catch (error) {
      this.#end(call, "read", error, this.#store.guarantees.journal ? [] : ["STORE_CORRUPT"]);
    }
  }

  /**
   * Buys as a lock's holder does: reads with its token, then writes. `meanwhile` happens in between; one
   * who lets go of the lock there comes too late, unless nobody else has come.
   */
  async buyLocked(token: FencingToken, meanwhile?: () => Promise<void>): Promise<void> {
    const store = this.#store;
    const order = this.#newOrder();
    const call = this.#sell(order);
    try {
      const inventory = await store.read(this.isFenced ? token : undefined);
      const { capacity, remaining, version } = inventory;
      if (meanwhile === undefined) await think(this.#draw.share());
      else await meanwhile();
      if (remaining < order.quantity) return call.returned({ soldOut: true });
      const next = { ...inventory, remaining: remaining - order.quantity, version: version + 1 };
      const result = await store.write(next, {
        ...(this.isFenced && { token }),
        ...(store.guarantees.journal && { order }),
      });
      if (meanwhile !== undefined) this.#files.note({ what: "late", refused: false });
      if (result !== "written") {
        call.lost();
        return this.#files.note({ what: "failed", call: "write", error: result });
      }
      call.returned({ firstSerial: capacity - remaining, quantity: order.quantity });
    } catch (error) {
      const refused = isTicketlockError(error, "STORE_STALE_TOKEN");
      if (meanwhile !== undefined && refused) this.#files.note({ what: "late", refused });
      return this.#end(call, "write", error, meanwhile === undefined ? [] : ["STORE_STALE_TOKEN"]);
    }
    if (meanwhile === undefined && this.#draw.chance(RETRY_SHARE)) await this.buyAgain(order);
  }

  /** Buys without a lock: in one step, or by comparing the version. */
  async buyAtOnce(): Promise<void> {
    const order = this.#newOrder();
    if (this.#store.guarantees.versioned && this.#draw.chance(OPTIMISTIC_SHARE))
      return this.#buyOptimistically(order);
    if ((await this.#sellAtOnce(order)) && this.#draw.chance(RETRY_SHARE))
      await this.buyAgain(order);
  }

  /** Once: who meets another version gives up, and has changed nothing. */
  async #buyOptimistically(order: Order): Promise<void> {
    const call = this.#sell(order);
    try {
      const inventory = await this.#store.read();
      const { capacity, remaining, version } = inventory;
      await think(this.#draw.share());
      if (remaining < order.quantity) return call.failed();
      const next = { ...inventory, remaining: remaining - order.quantity, version: version + 1 };
      const result = await this.#store.write(next, { expectedVersion: version, order });
      if (result === "conflict") call.failed();
      else if (result === "duplicate") call.lost();
      else call.returned({ firstSerial: capacity - remaining, quantity: order.quantity });
    } catch (error) {
      this.#end(call, "write", error, []);
    }
  }

  /** Asks for what was sold before, as if the answer had been lost. */
  async buyAgain(order: Order): Promise<void> {
    if (!this.#store.guarantees.idempotent) return;
    if (await this.#sellAtOnce(order)) this.#files.note({ what: "retried", order: order.id });
  }

  /** False if the answer is not known, or the store does not sell at once. */
  async #sellAtOnce(order: Order): Promise<boolean> {
    const store = this.#store;
    if (!isAtomicTicketStore(store)) return false;
    const call = this.#sell(order);
    try {
      const sale = await store.sell(order);
      if (sale === undefined) call.returned({ soldOut: true });
      else call.returned({ firstSerial: sale.firstSerial, quantity: sale.quantity });
      return true;
    } catch (error) {
      this.#end(call, "sell", error, []);
      return false;
    }
  }

  #sell({ id, buyer, quantity }: Order): RecordedCall {
    return this.#files.storeCall("sell", { order: id, buyer, quantity });
  }

  #newOrder(): Order {
    const { client } = this.#files;
    const plain = `${client}-${++this.#orders}`;
    const id = this.#draw.chance(LONG_SHARE) ? lengthened(plain) : plain;
    return { id, buyer: client, quantity: this.#draw.whole(1, MOST_TICKETS) };
  }

  /** A failure that is to be expected has had no effect; of another one nobody knows. */
  #end(call: RecordedCall, name: string, error: unknown, expected: readonly string[]): void {
    const codes = [...expected, ...this.#expected];
    if (isTicketlockError(error) && codes.includes(error.code)) return call.failed();
    call.lost();
    this.#files.note({ what: "failed", call: name, error: describe(error) });
  }
}

/** An order's id may be of so many bytes. What tells it from others comes last. */
function lengthened(id: string): string {
  const rest = MOST_BYTES - id.length;
  return "\u00e9".repeat(Math.floor(rest / 2)) + "x".repeat(rest % 2) + id;
}

/** For who is late: waits until somebody else may have come. */
export async function dawdle(draw: Draw): Promise<void> {
  await pause(draw.whole(0, 3));
}

/** An error with its code, in one line. */
export function describe(error: unknown): string {
  const code = isTicketlockError(error) ? `${error.code}: ` : "";
  return `${code}${error instanceof Error ? error.message : String(error)}`.split("\n")[0]!;
}
