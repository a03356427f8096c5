import { type Contender, isBlockingLock } from "@ticketlock/core";
import {
  LAST_TOKEN,
  openWords,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "../run/shared-words.ts";
import { nearestRank } from "../statistics/nearest-rank.ts";
import { LoopWatch } from "./loop-watch.ts";

/** How the lock is handed to and fro. */
export interface HandOffInput {
  /** Times that each contender holds the lock. */
  readonly rounds: number;
  /** How long a holder keeps the lock once the other one waits. */
  readonly holdMs: number;
  /** Wait with `acquireSync`, which stops the event loop: the control. */
  readonly blocks: boolean;
}

/** One hold. Times are decimal nanoseconds on the session's clock. */
export interface Held {
  readonly token: number;
  readonly grantedNs: string;
  readonly releasingNs: string;
}

/** What a contender found. */
export interface HandedOff {
  readonly holds: readonly Held[];
  /** Delay of the event loop's timers while it waited, 99th percentile and most. */
  readonly delayMsP99: number;
  readonly delayMsMost: number;
}

/** How many contenders are done, in a word behind the last token; the owner sets it to 0 before a run. */
export const DONE: number = LAST_TOKEN + 1;

const GIVE_UP_MS = 10_000;

/**
 * Two contenders hand the lock to and fro: each gives it back only when the other one waits, and does
 * not ask again before the other one has it. So every grant but the first ends a wait.
 */
export default async function handOff(
  contender: Contender,
  { rounds, holdMs, blocks }: HandOffInput,
): Promise<HandedOff> {
  const words = openWords((await contender.channel.request(WORDS_TOPIC, null)) as WordsHandle);
  const lock = contender.lock();
  const watch = new LoopWatch();
  const holds: Held[] = [];
  await contender.meet(`hand-off ${rounds}`);
  for (let round = 0; round < rounds; round++) {
    watch.start();
    const guard = blocks && isBlockingLock(lock) ? lock.acquireSync() : await lock.acquire();
    const grantedNs = contender.nowNs();
    watch.stop();
    const { token } = guard;
    words.writeNow(LAST_TOKEN, token | 0);
    const isLast = round === rounds - 1;
    await until(async () => (await lock.query()).waiters > 0 || isAlone(words, isLast));
    if (holdMs > 0) await rest(holdMs);
    const releasingNs = contender.nowNs();
    await guard.release();
    holds.push({ token, grantedNs: String(grantedNs), releasingNs: String(releasingNs) });
    if (isLast) words.writeNow(DONE, words.readNow(DONE) + 1);
    else await until(() => words.readNow(LAST_TOKEN) !== (token | 0) || words.readNow(DONE) > 0);
  }
  words.close();
  const delaysMs = watch.delaysMs.sort((a, b) => a - b);
  return {
    holds,
    delayMsP99: nearestRank(delaysMs, 0.99),
    delayMsMost: delaysMs.at(-1) ?? Infinity,
  };
}

/** The other one is done, and will not come again. */
function isAlone(words: SharedWords, isLast: boolean): boolean {
  return isLast && words.readNow(DONE) > 0;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + GIVE_UP_MS;
  while (!(await holds())) {
    if (performance.now() > deadlineMs)
      throw new Error(
        `Cannot watch hand-offs: the other contender did not come within ${GIVE_UP_MS / 1_000} s.`,
      );
    await rest(1);
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
