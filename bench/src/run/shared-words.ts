import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * 32-bit words that all contenders of a session see: what a counter cell counts on. Plain reads and
 * writes, never one atomic step, since making them one step is what the lock is for. They are the
 * bench's own and no store, so that a cell shows the cost of the lock and hardly anything else.
 */
export interface SharedWords {
  read(word: number): number;
  write(word: number, value: number): void;
  /** As `read` and `write`, but the compiler may not move or drop them: for the overlap check. */
  readNow(word: number): number;
  writeNow(word: number, value: number): void;
  close(): void;
}

/** What contenders open the words from. A buffer goes to threads, a path to processes. */
export type WordsHandle =
  | { readonly kind: "memory"; readonly buffer: SharedArrayBuffer }
  | { readonly kind: "file"; readonly path: string };

/** Topic on which a contender asks the session's owner for the words' handle. */
export const WORDS_TOPIC = "bench:words";

/** Words in 128 bytes: two cache lines, since processors fetch them in pairs. */
const LINE = 32;
const MOST_CONTENDERS = 256;
/** The counter that all contenders share. */
export const COUNTER = 0;
/** 0, or 1 + the index of the contender that is inside its critical section. */
export const INSIDE: number = LINE;
/** Low 32 bits of the last fencing token seen. */
export const LAST_TOKEN: number = LINE + 1;
/** First of the counters on adjacent words of one line: what false sharing costs. */
const ADJACENT = 2 * LINE;
/** First of the counters on lines of their own. */
const PRIVATE = 2 * LINE + MOST_CONTENDERS;
const WORDS = PRIVATE + MOST_CONTENDERS * LINE;

/** How the counters of a cell lie in memory. */
export type CounterLayout = "shared" | "private-line" | "false-sharing";

/** The word that a contender counts on. */
export function counterWord(layout: CounterLayout, index: number): number {
  if (layout === "shared") return COUNTER;
  return layout === "private-line" ? PRIVATE + index * LINE : ADJACENT + index;
}

/** Makes the words that contenders of this unit can share: threads memory, processes a file. */
export function createWords(unit: "thread" | "process"): {
  handle: WordsHandle;
  words: SharedWords;
} {
  if (unit === "thread") {
    const handle = { kind: "memory", buffer: new SharedArrayBuffer(WORDS * 4) } as const;
    return { handle, words: new MemoryWords(handle.buffer) };
  }
  const directory = mkdtempSync(join(tmpdir(), "ticketlock-bench-"));
  const path = join(directory, "words");
  const descriptor = openSync(path, "wx+", 0o600);
  writeSync(descriptor, new Uint8Array(WORDS * 4));
  return {
    handle: { kind: "file", path },
    words: new FileWords(descriptor, () => rmSync(directory, { recursive: true, force: true })),
  };
}

/** Opens the words in a contender. */
export function openWords(handle: WordsHandle): SharedWords {
  return handle.kind === "memory"
    ? new MemoryWords(handle.buffer)
    : new FileWords(openSync(handle.path, "r+"));
}

class MemoryWords implements SharedWords {
  readonly view: Int32Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer) {
    this.view = new Int32Array(buffer);
  }
  read(word: number): number {
    return this.view[word]!;
  }
  write(word: number, value: number): void {
    this.view[word] = value;
  }
  readNow(word: number): number {
    return Atomics.load(this.view, word);
  }
  writeNow(word: number, value: number): void {
    Atomics.store(this.view, word, value);
  }
  close(): void {}
}

/** Words in a file: a read and a write of four bytes in the page cache, a microsecond or so each. */
class FileWords implements SharedWords {
  readonly #descriptor: number;
  readonly #onClose: (() => void) | undefined;
  readonly #cell = new Int32Array(1);

  constructor(descriptor: number, onClose?: () => void) {
    this.#descriptor = descriptor;
    this.#onClose = onClose;
  }
  read(word: number): number {
    readSync(this.#descriptor, this.#cell, 0, 4, word * 4);
    return this.#cell[0]!;
  }
  write(word: number, value: number): void {
    this.#cell[0] = value;
    writeSync(this.#descriptor, this.#cell, 0, 4, word * 4);
  }
  readNow(word: number): number {
    return this.read(word);
  }
  writeNow(word: number, value: number): void {
    this.write(word, value);
  }
  close(): void {
    closeSync(this.#descriptor);
    this.#onClose?.();
  }
}
