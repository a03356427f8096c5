import { setImmediate as nextTurn } from "node:timers/promises";
import { type Contender, isBlockingLock } from "@ticketlock/core";
import {
  COUNTER,
  openWords,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "../run/shared-words.ts";

/** Topic on which the holder says that it holds, and which ticket it took before. */
export const HELD_TOPIC = "bench:held";
/** Topic on which one that is neither holder nor waiter says that it is about to rest. */
export const RESTING_TOPIC = "bench:resting";

/** Who does what. Contenders that are neither stand by. */
export interface HoldOrWaitInput {
  readonly holder: number;
  /** The holder is ended as it reads and writes the counter, and not in its sleep. */
  readonly writesOn: boolean;
  readonly waiters: readonly number[];
  /** Where the lock can block, the first waiter blocks its thread, the next awaits, and so on; or the other way round. */
  readonly firstBlocks: boolean;
}

/** What a waiter tells of its grant. Times are decimal nanoseconds on the session's clock. */
export interface Granted {
  readonly token: number;
  readonly abandoned: boolean;
  readonly grantedNs: string;
  /** Just before it gave the lock back. */
  readonly releasingNs: string;
  /** What its clock and the owner's may differ by. */
  readonly clockErrorNs: number;
  /** The ticket that it took: nobody else may have it. */
  readonly ticket: number;
}

/** Of the counter by a holder that writes on, in one turn of its event loop; its messages leave between turns. */
const WRITES_PER_TURN = 20_000;

let kept: SharedWords | undefined;

/**
 * One contender takes the lock, takes a ticket and never gives the lock back; others wait for it, some
 * blocking their thread, some awaiting, take a ticket each and report how they were granted.
 */
export default async function holdOrWait(
  contender: Contender,
  { holder, writesOn, waiters, firstBlocks }: HoldOrWaitInput,
): Promise<Granted | null> {
  const { index } = contender;
  if (index !== holder && !waiters.includes(index)) {
    contender.channel.send(RESTING_TOPIC, null);
    return null;
  }
  const words = (kept ??= openWords(
    (await contender.channel.request(WORDS_TOPIC, null)) as WordsHandle,
  ));
  const lock = contender.lock();
  if (index === holder) {
    await lock.acquire();
    contender.channel.send(HELD_TOPIC, takeTicket(words));
    if (writesOn) await writeOn(words);
    await new Promise(() => setInterval(() => {}, 60_000)); // held until it is ended from outside
  }
  while (!(await lock.query()).held) await new Promise((resolve) => setTimeout(resolve, 0));
  const isOdd = waiters.indexOf(index) % 2 === 1;
  const guard =
    isBlockingLock(lock) && isOdd !== firstBlocks ? lock.acquireSync() : await lock.acquire();
  const grantedNs = contender.nowNs();
  const { token, abandoned } = guard;
  const ticket = takeTicket(words);
  await guard.markConsistent();
  const releasingNs = contender.nowNs();
  await guard.release();
  return {
    token,
    abandoned,
    grantedNs: String(grantedNs),
    releasingNs: String(releasingNs),
    clockErrorNs: contender.clockErrorNs,
    ticket,
  };
}

/** Two steps that only the lock makes one. */
function takeTicket(words: SharedWords): number {
  const ticket = words.readNow(COUNTER);
  words.writeNow(COUNTER, ticket + 1);
  return ticket;
}

/** Rewrites the counter until it is ended from outside. */
async function writeOn(words: SharedWords): Promise<never> {
  for (;;) {
    for (let i = 0; i < WRITES_PER_TURN; i++) rewrite(words);
    await nextTurn();
  }
}

/** Writes what it has read: whoever is let in between the two loses what it writes. */
export function rewrite(words: Pick<SharedWords, "readNow" | "writeNow">): void {
  words.writeNow(COUNTER, words.readNow(COUNTER));
}
