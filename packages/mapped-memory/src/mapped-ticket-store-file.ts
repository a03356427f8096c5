import { type ErrorCode, isTicketlockError, TicketlockError } from "@ticketlock/core";
import {
  InventoryState,
  MAX_SALES,
  SalesJournal,
  type StoreLatch,
  withinOrNaN,
} from "@ticketlock/shared-memory/building-blocks";
import { MappedFile } from "./mapped-file.ts";
import { LINE, type MappedKind } from "./mapped-header.ts";
import { mappedSupport, needs } from "./platform/current-platform.ts";
import { RobustLatch } from "./robust-latch.ts";

/** Words of the file, in lines of 128 bytes: header, latch, room, state, journal. */
const LATCH_AT = LINE;
const ROOM_AT = 2 * LINE;
export const STATE_AT: number = 3 * LINE;
export const JOURNAL_AT: number = STATE_AT + InventoryState.words;

const STORE_FILE: MappedKind = { name: "ticket store", number: 3, version: 1 };

/** Changes after which a store looks at the latest whether its file is still the one that others open: a look costs a system call. */
export const CHANGES_PER_LOOK = 1_024;

/** A new store's tickets and the sales that its journal has room for. */
export interface StoreSize {
  readonly capacity: number;
  readonly room: number;
}

/** @throws {TicketlockError} `STORE_UNSUPPORTED` where there are no stores in mapped memory, with the reason. */
export function checkStoreSupport(): void {
  const refusal = mappedSupport();
  if (refusal === undefined) return;
  const why = refusal.cause instanceof Error ? `: ${refusal.cause.message}` : "";
  throw new TicketlockError(
    "STORE_UNSUPPORTED",
    `Cannot use a store in mapped memory here${why}. ${needs()} Elsewhere use kind "sqlite".`,
    { cause: refusal },
  );
}

/**
 * Maps the store's file at `path`; makes it, if there is none and a size is given.
 * @throws {TicketlockError} `STORE_UNSUPPORTED`, `STORE_CORRUPT`, `STORE_UNAVAILABLE`.
 */
export function openStoreFile(path: string, size?: StoreSize): MappedFile {
  checkStoreSupport();
  const create = size && {
    words: fileWords(size.room),
    initialise(words: Int32Array): void {
      words[ROOM_AT] = size.room;
      new InventoryState(words, STATE_AT).initialize(size.capacity);
    },
  };
  const file = asStore(path, () =>
    MappedFile.open(path, {
      kind: STORE_FILE,
      ...(create === undefined ? {} : { create }),
      // The state is whole at every instant. But nobody lives who could hold the latch.
      renew: (words) => void (words[LATCH_AT] = 0),
    }),
  );
  const flaw = flawOf(file.words);
  if (flaw === undefined) return file;
  file.close();
  throw new TicketlockError(
    "STORE_CORRUPT",
    `Cannot open the store ${path}: ${flaw}. It was left as it is; pass another path.`,
  );
}

/** Sales that the file's journal has room for. */
export function roomOf(file: MappedFile): number {
  return file.words[ROOM_AT]!;
}

/** Lets one thread of all processes at a time change the store in `file`; who waits longer than `limitMs` gives up. @throws {TicketlockError} `STORE_UNAVAILABLE`. */
export function openStoreLatch(file: MappedFile, limitMs: number): StoreLatch {
  return asStore(file.path, () => new StoreFileLatch(file, limitMs));
}

/** The kernel frees it when its holder dies. */
class StoreFileLatch implements StoreLatch {
  readonly #file: MappedFile;
  readonly #latch: RobustLatch;
  #untilLook = CHANGES_PER_LOOK;

  constructor(file: MappedFile, limitMs: number) {
    this.#file = file;
    this.#latch = new RobustLatch(file, LATCH_AT, limitMs);
  }

  enter(): void {
    if (--this.#untilLook === 0) this.#look();
    try {
      this.#latch.enter();
    } catch (error) {
      throw storeError(this.#file.path, error);
    }
  }

  leave(): void {
    this.#latch.leave();
  }

  close(): void {
    this.#latch.close();
  }

  #look(): void {
    this.#untilLook = CHANGES_PER_LOOK;
    if (!this.#file.isReplaced()) return;
    this.#untilLook = 1; // from now on every change is refused
    throw gone(this.#file.path);
  }
}

function gone(path: string): TicketlockError {
  return new TicketlockError(
    "STORE_UNAVAILABLE",
    `Cannot use the store ${path}: its file was removed or replaced while it was open, so others do not see what is changed here. Close it, and open the store that is there now.`,
  );
}

/** What is wrong with a file whose header is right. */
function flawOf(words: Int32Array): string | undefined {
  if (words.length !== fileWords(withinOrNaN(words[ROOM_AT], 0, MAX_SALES)))
    return "its size is not that of its journal";
  const { capacity, remaining, sales, version, fence } = new InventoryState(words, STATE_AT).read();
  const isSound =
    capacity >= 0 &&
    remaining >= 0 &&
    remaining <= capacity &&
    sales >= 0 &&
    sales <= words[ROOM_AT]! &&
    Number.isSafeInteger(version) &&
    Number.isSafeInteger(fence) &&
    version >= 0 &&
    fence >= 0;
  return isSound ? undefined : "its counts contradict each other";
}

function fileWords(room: number): number {
  return JOURNAL_AT + SalesJournal.words(room);
}

/** What mapped files call a lock's trouble is here a store's. */
const storeCodes: Partial<Record<ErrorCode, ErrorCode>> = {
  LOCK_UNSUPPORTED: "STORE_UNSUPPORTED",
  LOCK_CORRUPT: "STORE_CORRUPT",
  LOCK_UNAVAILABLE: "STORE_UNAVAILABLE",
  LOCK_LIMIT: "STORE_UNAVAILABLE",
  LOCK_TIMEOUT: "STORE_UNAVAILABLE",
};

function asStore<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw storeError(path, error);
  }
}

function storeError(path: string, error: unknown): unknown {
  if (isTicketlockError(error, "LOCK_LOST"))
    return new TicketlockError(
      "STORE_UNAVAILABLE",
      `Cannot use the store ${path}: its file is gone. Whoever made it has closed it, or it was removed.`,
      { cause: error },
    );
  const code = error instanceof TicketlockError ? storeCodes[error.code] : undefined;
  if (code === undefined) return error;
  return new TicketlockError(code, (error as TicketlockError).message, { cause: error });
}
