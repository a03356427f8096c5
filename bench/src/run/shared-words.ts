import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Launcher, SessionOptions } from "@ticketlock/core";
import { canMapWords, mapWords } from "./mapped-words.ts";

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
  | { readonly kind: "mapped" | "file"; readonly path: string };

/** Where the words of contenders lie: in memory, in a file mapped into memory, or in a file that is read and written. */
export type WordsPlace = WordsHandle["kind"];

/**
 * Where the words lie that contenders of this unit share, if this process owns their session. Threads
 * share memory. Processes, of several runtimes too, share a mapped file where there is a way to map
 * one, so that the counter costs next to nothing beside the lock; else a file, at a microsecond or two
 * for each read and write.
 */
export function wordsPlace(unit: Launcher["unit"]): WordsPlace {
  if (unit === "thread") return "memory";
  return canMapWords() ? "mapped" : "file";
}

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

/** What a scenario's contenders note of each lock: sections so far, who is inside, the last token, and when a window begins. */
const LOAD_WORDS = ["count", "inside", "token", "begin"] as const;
/** Beside a line's private counter and what its contenders gather with. */
const LOAD = 8;

/** The word in which a scenario's contenders note something of a lock; each lock has a line of its own. */
export function loadWord(what: (typeof LOAD_WORDS)[number], lock: number): number {
  return PRIVATE + lock * LINE + LOAD + LOAD_WORDS.indexOf(what);
}

/** Forgets what a window of a scenario has left in the words of so many locks. */
export function clearLoadWords(words: SharedWords, locks: number): void {
  for (let lock = 0; lock < Math.max(2, locks); lock++)
    for (const what of LOAD_WORDS) words.writeNow(loadWord(what, lock), 0);
}

/** How the counters of a cell lie in memory. */
export type CounterLayout = "shared" | "private-line" | "false-sharing";

/** The word that a contender counts on. */
export function counterWord(layout: CounterLayout, index: number): number {
  if (layout === "shared") return COUNTER;
  return layout === "private-line" ? PRIVATE + index * LINE : ADJACENT + index;
}

/** Words as the owner of a session makes them. */
export interface CreatedWords {
  readonly words: SharedWords;
  readonly handle: WordsHandle;
  /** What the session must be told, so that contenders are permitted to open them. */
  readonly rights: Pick<SessionOptions, "writes" | "ffi">;
}

/** Makes the words that contenders of a unit share. */
export function createWords(
  unit: Launcher["unit"],
  place: WordsPlace = wordsPlace(unit),
): CreatedWords {
  if (place === "memory") {
    const handle = { kind: place, buffer: new SharedArrayBuffer(WORDS * 4) } as const;
    return { handle, words: new MemoryWords(handle.buffer), rights: {} };
  }
  const directory = mkdtempSync(
    join(place === "mapped" ? mappedFolder() : tmpdir(), "ticketlock-bench-"),
  );
  const path = join(directory, "words");
  const descriptor = openSync(path, "wx+", 0o600);
  writeSync(descriptor, new Uint8Array(WORDS * 4));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const handle = { kind: place, path } as const;
  if (place === "file") {
    const words = new FileWords(descriptor, remove);
    return { handle, words, rights: { writes: [dirname(path)] } };
  }
  closeSync(descriptor);
  const words = new MemoryWords(mapWords(path, WORDS * 4).buffer, remove);
  return { handle, words, rights: { ffi: true } };
}

/** Memory that has the shape of files, where there is any: what is mapped is then never written to a disk. */
function mappedFolder(): string {
  return existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
}

/** Opens the words in a contender. */
export function openWords(handle: WordsHandle): SharedWords {
  if (handle.kind === "memory") return new MemoryWords(handle.buffer);
  if (handle.kind === "mapped") return new MemoryWords(mapWords(handle.path, WORDS * 4).buffer);
  return new FileWords(openSync(handle.path, "r+"));
}

/** Words in memory that contenders share: Atomics is as good on a mapped buffer as on a shared one. */
class MemoryWords implements SharedWords {
  readonly view: Int32Array;
  readonly #onClose: (() => void) | undefined;

  constructor(buffer: SharedArrayBuffer | ArrayBuffer, onClose?: () => void) {
    this.view = new Int32Array(buffer);
    this.#onClose = onClose;
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
  close(): void {
    this.#onClose?.();
  }
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
