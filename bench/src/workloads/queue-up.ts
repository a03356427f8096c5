import { type Contender, isBlockingLock } from "@ticketlock/core";
import {
  counterWord,
  openWords,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "../run/shared-words.ts";

/** What each contender reports of a round: its place in the order of arrival and the token it was granted. */
export interface QueuedUp {
  readonly place: number;
  readonly token: number;
  /** It blocked its thread. */
  readonly blocked: boolean;
}

/** Number of the last round, from 1 on, in which place 0 held the lock, let go, and the newcomer stood ready. */
const HELD = counterWord("private-line", 0);
const LET_GO = counterWord("private-line", 1);
const READY = counterWord("private-line", 2);

/** Longest pause of a newcomer before it arrives, in turns of an empty loop: some 2 us. */
const MOST_PAUSE = 4_000;
const GIVE_UP_MS = 10_000;

/**
 * Contenders enter the queue one after the other, every other one blocking its thread, each once all
 * before it wait; the last stays out. When the holder lets go, the last, awake on a core of its own,
 * arrives a moment before or after the release, while the first in the queue is still waking up.
 * Tokens must come in the order of places. A waiter that `query` counts has its place already.
 */
export default async function queueUp(
  contender: Contender,
  { rounds }: { rounds: number },
): Promise<QueuedUp[]> {
  const words = openWords((await contender.channel.request(WORDS_TOPIC, null)) as WordsHandle);
  const results: QueuedUp[] = [];
  for (let round = 1; round <= rounds; round++) {
    await contender.meet(`round ${round}`);
    results.push(await new Round(contender, words, round).run());
  }
  words.close();
  return results;
}

class Round {
  readonly #contender: Contender;
  readonly #words: SharedWords;
  readonly #round: number;
  readonly #place: number;
  readonly #blocks: boolean;

  constructor(contender: Contender, words: SharedWords, round: number) {
    this.#contender = contender;
    this.#words = words;
    this.#round = round;
    this.#place = (contender.index + round) % contender.count;
    // A newcomer that awaits and one that blocks alternate as well, with either order of the release.
    this.#blocks = (this.#place + (round >> 1)) % 2 === 0;
  }

  async run(): Promise<QueuedUp> {
    const last = this.#contender.count - 1;
    if (this.#place === 0) return this.#hold(last - 1);
    await this.#until(() => this.#words.readNow(HELD) === this.#round);
    await this.#untilWaiting(this.#place - 1);
    if (this.#place === last) this.#standReady();
    return this.#acquire();
  }

  async #hold(queued: number): Promise<QueuedUp> {
    const words = this.#words;
    const guard = await this.#contender.lock().acquire();
    words.writeNow(HELD, this.#round);
    await this.#untilWaiting(queued);
    await this.#until(() => words.readNow(READY) === this.#round);
    const before = this.#round % 2 === 0;
    if (before) words.writeNow(LET_GO, this.#round);
    await guard.release();
    if (!before) words.writeNow(LET_GO, this.#round);
    return { place: 0, token: guard.token, blocked: false };
  }

  /** Returns a few nanoseconds to microseconds after the holder lets go: never asleep, so never late. */
  #standReady(): void {
    const deadlineMs = performance.now() + GIVE_UP_MS;
    this.#words.writeNow(READY, this.#round);
    while (this.#words.readNow(LET_GO) !== this.#round) {
      if (performance.now() > deadlineMs) throw tooLong("the holder did not let go");
    }
    for (let left = (this.#round * 619) % MOST_PAUSE; left > 0; left--);
  }

  async #acquire(): Promise<QueuedUp> {
    const lock = this.#contender.lock();
    const blocked = this.#blocks && isBlockingLock(lock);
    const guard = blocked ? lock.acquireSync() : await lock.acquire();
    const { token } = guard;
    await guard.release();
    return { place: this.#place, token, blocked };
  }

  #untilWaiting(many: number): Promise<void> {
    return this.#until(async () => (await this.#contender.lock().query()).waiters >= many);
  }

  async #until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + GIVE_UP_MS;
    while (!(await holds())) {
      if (performance.now() > deadlineMs) throw tooLong("not all came");
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}

function tooLong(what: string): Error {
  return new Error(`Cannot watch the queue: ${what} within ${GIVE_UP_MS / 1_000} s.`);
}
