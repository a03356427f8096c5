import type { MappedFile } from "./mapped-file.ts";
import { RobustEntry } from "./robust-list.ts";
import { type RobustPort, RobustWord, WAITERS_BIT } from "./robust-word.ts";

/** Makes the steps of a lock for the calling thread. */
export type MakeWord = (words: Int32Array, at: number, me: number, port: RobustPort) => RobustWord;

/** A word of a mapped file as a robust lock of the calling thread. */
export interface RobustLockWord {
  readonly word: RobustWord;
  /** Leaves the thread's robust list. The lock must be free, and the file still mapped. */
  close(): void;
}

/**
 * Makes the word at `at`, which must be even and in the file's first page, a lock of this thread's.
 * @throws {TicketlockError} `LOCK_LIMIT`, `LOCK_UNSUPPORTED`.
 */
export function openRobustLockWord(
  file: MappedFile,
  at: number,
  makeWord: MakeWord = makeRobustWord,
): RobustLockWord {
  const { platform } = file;
  const memory = file.entryPage();
  const entry = new RobustEntry(platform, { address: file.entryOf(at), memory, at: at / 2 });
  const word = makeWord(file.words, at, platform.threadId, {
    wait: (expected, timeoutMs) => file.wait(at, expected, timeoutMs),
    wake: (count) => file.wake(at, count),
    clearWaiters: () => file.clearAndWakeAll(at, WAITERS_BIT),
    setPending: (pending) => entry.setPending(pending),
  });
  return {
    word,
    close: () => {
      entry.leave();
      memory.buffer.transfer(0);
    },
  };
}

const makeRobustWord: MakeWord = (words, at, me, port) => new RobustWord(words, at, me, port);
