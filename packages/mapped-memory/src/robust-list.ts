import { TicketlockError } from "@ticketlock/core";
import type { Address, MappedPlatform } from "./platform/mapped-platform.ts";

/** As many entries as the kernel walks after a thread's death: those behind would not be freed. */
export const MAX_ENTRIES = 2_048;

/** `struct robust_list_head` of <linux/futex.h>, in words of 64 bits. */
const HEAD_BYTES = 24;
const NEXT = 0;
const DISTANCE = 1;
const PENDING = 2;

/** An entry of the list: a word that points to the next one, at a fixed distance from its lock word. */
export interface ListEntry {
  readonly address: Address;
  /** Memory in which the entry lies, and its index there. */
  readonly memory: BigInt64Array<ArrayBuffer>;
  readonly at: number;
}

/** One link of the chain: what the kernel reads is in `entry`, the rest is to find the one before. */
interface Link {
  readonly entry: ListEntry;
  before: Link | undefined;
  after: Link | undefined;
}

/**
 * The calling thread's list. Plain data under a name that every copy of this package knows: the
 * kernel keeps one list per thread, and a second one would leave the locks of the first unfreed.
 */
interface SharedList {
  readonly head: Link;
  /** Bytes between a lock word and its entry. */
  readonly distance: number;
  /** What was registered before: the C library's own list. */
  readonly former: { readonly head: Address; readonly bytes: number };
  entries: number;
}

/** The number is that of the form of SharedList. */
const KEY: unique symbol = Symbol.for("@ticketlock/mapped-memory/robust-list/1") as never;

type ListHome = { [KEY]?: SharedList | undefined };

/**
 * A lock word's place on the calling thread's robust list: when the thread ends, the kernel frees
 * the word if the thread held it. An entry stays on the list whether or not its lock is held, so
 * that taking and freeing a lock costs nothing here.
 *
 * **Crash behaviour**: entries are linked and unlinked by one store each, so the chain is whole at
 * every instant.
 *
 * The list replaces the one of the C library until the last entry has left: the C library's own
 * robust mutexes would not be freed if this thread ended meanwhile holding one. Node holds none.
 */
export class RobustEntry {
  readonly #platform: MappedPlatform;
  readonly #list: SharedList;
  readonly #link: Link;
  #left = false;

  /**
   * Puts an entry on the list.
   * @throws {TicketlockError} `LOCK_LIMIT`; `LOCK_UNSUPPORTED` if something else has replaced the list.
   */
  constructor(platform: MappedPlatform, entry: ListEntry) {
    this.#platform = platform;
    this.#list = openList(platform);
    this.#link = { entry, before: this.#list.head, after: this.#list.head.after };
    this.#insert();
  }

  #insert(): void {
    const { head } = this.#list;
    const { entry, after } = this.#link;
    Atomics.store(entry.memory, entry.at, head.entry.memory[head.entry.at]!);
    Atomics.store(head.entry.memory, head.entry.at, entry.address); // from here on the kernel sees it
    head.after = this.#link;
    if (after !== undefined) after.before = this.#link;
    this.#list.entries++;
  }

  /** Announces that the thread is about to take or to free the lock word, or that it no more is. */
  setPending(pending: boolean): void {
    const { memory } = this.#list.head.entry;
    Atomics.store(memory, PENDING, pending ? this.#link.entry.address : 0n);
  }

  /** Takes the entry off the list; the C library's list is back after the last one. The lock must be free. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    const { entry, before, after } = this.#link;
    Atomics.store(before!.entry.memory, before!.entry.at, entry.memory[entry.at]!);
    before!.after = after;
    if (after !== undefined) after.before = before;
    if (--this.#list.entries === 0) closeList(this.#platform, this.#list);
  }
}

/**
 * Announces lock words to the kernel from a thread that never holds one: if the thread dies with a
 * wake-up for the announced word in hand, the kernel sends it again.
 */
export class PendingAnnouncer {
  readonly #memory: BigInt64Array;
  readonly #distance: bigint;

  constructor(platform: MappedPlatform) {
    const list = openList(platform);
    list.entries++; // never left: the list lives as long as the thread
    this.#memory = list.head.entry.memory;
    this.#distance = BigInt(list.distance);
  }

  /** In place of the word announced before. */
  announce(wordAddress: Address): void {
    Atomics.store(this.#memory, PENDING, wordAddress - this.#distance);
  }

  /** Before the word may be unmapped. */
  retract(wordAddress: Address): void {
    const pending = wordAddress - this.#distance;
    Atomics.compareExchange(this.#memory, PENDING, pending, 0n);
  }
}

/** The thread's list with room for one more entry. */
function openList(platform: MappedPlatform): SharedList {
  const home = globalThis as ListHome;
  const list = (home[KEY] ??= makeList(platform));
  if (platform.robustList().head !== list.head.entry.address)
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      "Cannot open the lock: something else in this thread has replaced its robust list, so the lock would not be freed if the thread died. Find the native addon that does it.",
    );
  if (list.distance !== platform.pageBytes)
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      "Cannot open the lock: another release of @ticketlock/mapped-memory is loaded in this thread and lays its locks out in another way. Use one release.",
    );
  if (list.entries >= MAX_ENTRIES)
    throw new TicketlockError(
      "LOCK_LIMIT",
      `Cannot open the lock: this thread has ${MAX_ENTRIES} open, and the kernel would free no more after its death. Close some, or open it in another thread.`,
    );
  return list;
}

function makeList(platform: MappedPlatform): SharedList {
  const former = platform.robustList();
  const address = platform.reserve(platform.pageBytes);
  const memory = new BigInt64Array(platform.bufferAt(address, HEAD_BYTES));
  memory[NEXT] = address; // empty: it points to itself
  memory[DISTANCE] = BigInt(platform.pageBytes);
  platform.setRobustList(address, HEAD_BYTES);
  const head: Link = { entry: { address, memory, at: NEXT }, before: undefined, after: undefined };
  return { head, distance: platform.pageBytes, former, entries: 0 };
}

function closeList(platform: MappedPlatform, list: SharedList): void {
  const { head, former } = list;
  if (platform.robustList().head === head.entry.address)
    platform.setRobustList(former.head, former.bytes === 0 ? HEAD_BYTES : former.bytes);
  delete (globalThis as ListHome)[KEY];
  head.entry.memory.buffer.transfer(0);
  platform.unmap(head.entry.address, platform.pageBytes);
}
