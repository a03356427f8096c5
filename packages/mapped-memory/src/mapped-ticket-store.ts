import type { Handle, StoreGuarantees } from "@ticketlock/core";
import { MemoryTicketStore } from "@ticketlock/shared-memory/building-blocks";
import type { MappedFile } from "./mapped-file.ts";
import { JOURNAL_AT, openStoreLatch, roomOf, STATE_AT } from "./mapped-ticket-store-file.ts";

export const mappedStoreGuarantees: StoreGuarantees = {
  scope: "runtimes",
  atomic: true,
  versioned: true,
  fenced: true,
  idempotent: true,
  journal: true,
  durability: "process",
};

/** Milliseconds after which a store that stays busy is given up. */
const BUSY_LIMIT_MS = 10_000;

/**
 * A ticket store in a mapped file that the processes of one user share, at the speed of memory.
 *
 * **Crash behaviour**: a process may be killed at any instruction. Every change is written beside
 * what counts, and becomes what counts by one atomic store; the kernel frees the latch of the dead,
 * and whoever comes next goes on without a repair. What was answered is there.
 *
 * Most of a change is written plainly, without Atomics. The order suffices: that one atomic store
 * comes after all of it, for the compiler as for the processor (x86-64 shows stores in their order
 * anyway, and on arm64 it is a release), and a process that ends does not take back what it has
 * stored. A plain write by a dead process that has landed without its commit lies in places that do
 * not count, and the next change writes them anew. The next one sees all that came before, because it
 * takes the latch that the dead one held.
 *
 * A process that is stopped in the middle of a change (SIGSTOP), holds up the others' changes: after
 * 10 s they are `STORE_UNAVAILABLE`. When it goes on its change is made, and nothing is lost.
 *
 * **Durability**: sales survive every process, but not the host's end: the file lies in memory.
 *
 * **Memory**: fixed and set aside when the store is made. A sale more than `maxSales` is `STORE_FULL`.
 * A file that is removed or replaced is noticed at the latest after 1 024 changes, and from then on
 * changes are `STORE_UNAVAILABLE`; one that somebody truncates ends every process that touches it
 * (SIGBUS), so leave it alone.
 */
export class MappedTicketStore extends MemoryTicketStore {
  readonly guarantees: StoreGuarantees = mappedStoreGuarantees;
  readonly #file: MappedFile;
  readonly #letGo: (file: MappedFile) => void;
  #closed = false;

  /** Uses the store in `file`; `letGo` closes the file with the store. @throws {TicketlockError} `STORE_UNAVAILABLE`. */
  constructor(
    handle: Handle,
    file: MappedFile,
    letGo: (file: MappedFile) => void,
    busyLimitMs: number = BUSY_LIMIT_MS,
  ) {
    const latch = openStoreLatch(file, busyLimitMs);
    const { words } = file;
    super({ handle, words, stateAt: STATE_AT, journalAt: JOURNAL_AT, room: roomOf(file), latch });
    this.#file = file;
    this.#letGo = letGo;
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    super.close();
    this.#letGo(this.#file);
  }
}
