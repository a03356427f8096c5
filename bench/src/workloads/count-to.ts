import { type Contender, isBlockingLock } from "@ticketlock/core";
import {
  COUNTER,
  openWords,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "../run/shared-words.ts";

let kept: SharedWords | undefined;

/** Adds 1 to the shared counter so many times under the lock. */
export default async function countTo(
  contender: Contender,
  { count }: { count: number },
): Promise<number> {
  const words = (kept ??= openWords(
    (await contender.channel.request(WORDS_TOPIC, null)) as WordsHandle,
  ));
  const lock = contender.lock();
  if (!isBlockingLock(lock)) throw new Error("Cannot count here: the lock does not block.");
  for (let i = 0; i < count; i++) {
    const guard = lock.acquireSync();
    try {
      words.write(COUNTER, words.read(COUNTER) + 1);
    } finally {
      guard.release();
    }
  }
  return count;
}
