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

/** Who does what. Contenders that are neither stand by. */
export interface HoldOrWaitInput {
  readonly holder: number;
  readonly waiters: readonly number[];
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

let kept: SharedWords | undefined;

/**
 * One contender takes the lock, takes a ticket and never gives the lock back; others wait for it, one
 * blocking its thread, the next awaiting, and so on, take a ticket each and report how they were granted.
 */
export default async function holdOrWait(
  contender: Contender,
  { holder, waiters }: HoldOrWaitInput,
): Promise<Granted | null> {
  const { index } = contender;
  if (index !== holder && !waiters.includes(index)) return null;
  const words = (kept ??= openWords(
    (await contender.channel.request(WORDS_TOPIC, null)) as WordsHandle,
  ));
  const lock = contender.lock();
  if (index === holder) {
    await lock.acquire();
    contender.channel.send(HELD_TOPIC, takeTicket(words));
    await new Promise(() => setInterval(() => {}, 60_000)); // held until it is ended from outside
  }
  while (!(await lock.query()).held) await new Promise((resolve) => setTimeout(resolve, 0));
  const blocks = isBlockingLock(lock) && waiters.indexOf(index) % 2 === 0;
  const guard = blocks ? lock.acquireSync() : await lock.acquire();
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
