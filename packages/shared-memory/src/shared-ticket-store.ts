import type { Handle, StoreGuarantees, StoreOptions } from "@ticketlock/core";
import { InventoryState } from "./inventory-state.ts";
import { DEFAULT_ROOM } from "./lock-options.ts";
import { MemoryLatch } from "./memory-latch.ts";
import type { Recoverable } from "./members.ts";
import { checkStoreOptions, MAX_SALES, MemoryTicketStore } from "./memory-ticket-store.ts";
import { SalesJournal } from "./sales-journal.ts";
import { createRegion, LINE, openRegion, regionHandle, withinOrNaN } from "./shared-region.ts";
import type { ThreadPlatform } from "./thread-platform.ts";

/** Words of the region: header, state, latch, journal. */
const SALES_ROOM_AT = 3;
const STATE_AT = LINE;
const LATCH_AT = STATE_AT + InventoryState.words;
const JOURNAL_AT = LATCH_AT + MemoryLatch.words(DEFAULT_ROOM);

export const sharedStoreGuarantees: StoreGuarantees = {
  scope: "threads",
  atomic: true,
  versioned: true,
  fenced: true,
  idempotent: true,
  journal: true,
  durability: "none",
};

/**
 * A ticket store in memory that threads share.
 *
 * **Crash behaviour**: every change is one step; a thread that ends at any instant leaves the state
 * before or after it. Searches (`read` without a token) take no lock and disturb nobody.
 *
 * **Memory**: fixed when it is created; a sale more than `maxSales` is refused with `STORE_FULL`.
 */
export class SharedTicketStore extends MemoryTicketStore implements Recoverable {
  readonly guarantees: StoreGuarantees = sharedStoreGuarantees;
  readonly #latch: MemoryLatch;
  readonly #platform: ThreadPlatform;

  /** Makes the memory of a new store, all tickets unsold. @throws {RangeError} */
  static create(module: string, options: StoreOptions): Handle {
    const { capacity, room } = checkStoreOptions(options);
    const words = createRegion("shared", regionWords(room));
    words[SALES_ROOM_AT] = room;
    new InventoryState(words, STATE_AT).initialize(capacity);
    return regionHandle(module, "shared", words);
  }

  /** Opens the store behind a handle. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
  constructor(handle: Handle, platform: ThreadPlatform) {
    const words = openRegion(handle, platform.module, "shared", wordsOf);
    const latch = new MemoryLatch(words, LATCH_AT, DEFAULT_ROOM, platform);
    const room = words[SALES_ROOM_AT]!;
    super({ handle, words, stateAt: STATE_AT, journalAt: JOURNAL_AT, room, latch });
    this.#latch = latch;
    this.#platform = platform;
  }

  recover(threadId: number): void {
    this.#latch.recover(threadId);
  }

  /** Lets others go on at once when the thread behind `worker`, the runtime's worker object, ends in the middle of a sale. */
  watch(worker: unknown): void {
    this.#platform.onEnd(worker, (threadId) => this.recover(threadId));
  }
}

function regionWords(room: number): number {
  return JOURNAL_AT + SalesJournal.words(room);
}

function wordsOf(words: Int32Array): number {
  return regionWords(withinOrNaN(words[SALES_ROOM_AT], 0, MAX_SALES));
}
