import type { Contender } from "@ticketlock/core";
import { Pacer } from "../run/pacer.ts";
import {
  COUNTER,
  openWords,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "../run/shared-words.ts";
import { spanOf } from "../run/window.ts";

/** What counting without a lock takes. */
export interface CountedBare {
  readonly operations: number;
  readonly spanNs: number;
}

let kept: { words: SharedWords; pacer: Pacer } | undefined;

/** The loop and the increment of `counter`, without its lock: what to subtract for the lock's own cost. */
export default async function countBare(
  contender: Contender,
  { lengthNs }: { lengthNs: number },
): Promise<CountedBare> {
  kept ??= {
    words: openWords((await contender.channel.request(WORDS_TOPIC, null)) as WordsHandle),
    pacer: new Pacer(() => contender.nowNs(), false),
  };
  const { words, pacer } = kept;
  const span = spanOf(contender.nowNs(), lengthNs);
  const done = pacer.runSync(span, (count) => countUp(words, count));
  return { operations: done.operations, spanNs: Number(done.endedNs - done.beganNs) };
}

function countUp(words: SharedWords, count: number): void {
  for (let i = 0; i < count; i++) words.write(COUNTER, words.read(COUNTER) + 1);
}
