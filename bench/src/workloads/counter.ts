import process from "node:process";
import { type BlockingLock, type Contender, isBlockingLock, type Lock } from "@ticketlock/core";
import { busyWork, spinsFor } from "../run/busy-work.ts";
import { type Gathering, type Paced, Pacer, type Span } from "../run/pacer.ts";
import {
  counterWord,
  INSIDE,
  LAST_TOKEN,
  openWords,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "../run/shared-words.ts";
import { ratesAgree, spanOf, type WindowInput, type WindowOutput } from "../run/window.ts";
import { encodeHistogram, newHistogram, recordNs } from "../statistics/percentiles.ts";
import { WordGathering } from "./word-gathering.ts";

/** Kept between windows of one session, in each contender. */
let kept: Kept | undefined;

interface Kept {
  readonly words: SharedWords;
  readonly pacer: Pacer;
  readonly checkPacer: Pacer;
  readonly gathering: WordGathering;
}

/** One window of adding 1 to a counter under the lock: read, section, write. */
export default async function counter(
  contender: Contender,
  input: WindowInput,
): Promise<WindowOutput> {
  const contended = contender.count > 1 && !input.alone;
  kept ??= await keep(contender, contended);
  const window = new Window(contender, input, kept.words);
  return window.run(
    input.phase === "check" ? kept.checkPacer : kept.pacer,
    contended && input.phase !== "warm-up" ? kept.gathering.next() : undefined,
  );
}

async function keep(contender: Contender, contended: boolean): Promise<Kept> {
  const nowNs = (): bigint => contender.nowNs();
  const words = openWords((await contender.channel.request(WORDS_TOPIC, null)) as WordsHandle);
  return {
    words,
    pacer: new Pacer(nowNs, contended),
    checkPacer: new Pacer(nowNs, contended),
    gathering: new WordGathering(contender, words),
  };
}

class Window {
  readonly #contender: Contender;
  readonly #input: WindowInput;
  readonly #words: SharedWords;
  readonly #word: number;
  readonly #spins: number;
  readonly #histogram = newHistogram();
  #overlaps = 0;
  #tokensOutOfOrder = 0;
  #lastToken = 0;
  #untilSample = 1;

  constructor(contender: Contender, input: WindowInput, words: SharedWords) {
    this.#contender = contender;
    this.#input = input;
    this.#words = words;
    this.#word = counterWord(input.layout, contender.index);
    this.#spins = spinsFor(input.section, () => contender.nowNs());
  }

  async run(pacer: Pacer, gathering: Gathering | undefined): Promise<WindowOutput> {
    const { startedNs } = this.#contender;
    const { alone, lengthNs, phase } = this.#input;
    const begun = this.#contender.nowNs();
    const cpuBefore = process.cpuUsage();
    let warmUps = 0;
    let done: Paced = { operations: 0, all: 0, beganNs: begun, endedNs: begun };
    if (!alone || this.#contender.index === 0) {
      if (phase === "warm-up") warmUps = await this.#warmUp(pacer);
      else done = await this.#until(spanOf(startedNs, lengthNs, phase), pacer, gathering);
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    const checked = phase === "check" && this.#input.layout === "shared";
    return {
      operations: done.operations,
      allOperations: done.all,
      startedAfterNs: Number(begun - startedNs),
      beganAfterNs: Number(done.beganNs - startedNs),
      endedAfterNs: Number(done.endedNs - startedNs),
      cpuUs: user + system,
      warmUps,
      overlaps: this.#overlaps,
      overlapTrials: checked ? done.all : 0,
      tokensOutOfOrder: this.#tokensOutOfOrder,
      histogram: phase === "check" ? encodeHistogram(this.#histogram) : "",
      sold: 0,
      retries: 0,
    };
  }

  async #warmUp(pacer: Pacer): Promise<number> {
    const rates: number[] = [];
    while (rates.length < this.#input.warmUpsAtMost && !ratesAgree(rates)) {
      const span = spanOf(this.#contender.nowNs(), this.#input.lengthNs, "warm-up");
      const { operations, beganNs, endedNs } = await this.#until(span, pacer);
      rates.push(operations / Number(endedNs - beganNs));
    }
    return rates.length;
  }

  async #until(span: Span, pacer: Pacer, gathering?: Gathering): Promise<Paced> {
    const lock = this.#contender.lock();
    const words = this.#words;
    const word = this.#word;
    const spins = this.#spins;
    const blocking = isBlockingLock(lock) && !this.#input.async;
    if (this.#input.phase === "check") {
      if (blocking) return pacer.runSync(span, (count) => this.#checkSync(lock, count), gathering);
      return pacer.run(span, (count) => this.#checkAsync(lock, count), gathering);
    }
    if (blocking)
      return pacer.runSync(span, (count) => countSync(lock, words, word, spins, count), gathering);
    return pacer.run(span, (count) => countAsync(lock, words, word, spins, count), gathering);
  }

  #checkSync(lock: BlockingLock, count: number): void {
    for (let i = 0; i < count; i++) {
      const before = this.#sampled();
      const guard = lock.acquireSync();
      try {
        if (before !== undefined)
          recordNs(this.#histogram, Number(this.#contender.nowNs() - before));
        this.#inside(guard.token);
      } finally {
        guard.release();
      }
    }
  }

  async #checkAsync(lock: Lock, count: number): Promise<number> {
    for (let i = 0; i < count; i++) {
      const before = this.#sampled();
      const guard = await lock.acquire();
      try {
        if (before !== undefined)
          recordNs(this.#histogram, Number(this.#contender.nowNs() - before));
        this.#inside(guard.token);
      } finally {
        await guard.release();
      }
    }
    return count;
  }

  #sampled(): bigint | undefined {
    if (--this.#untilSample > 0) return undefined;
    this.#untilSample = this.#input.sampleEvery;
    return this.#contender.nowNs();
  }

  /** The critical section with its eyes open: who else is inside, and did the token rise? */
  #inside(token: number): void {
    const words = this.#words;
    if (this.#input.layout === "shared") {
      const me = this.#contender.index + 1;
      if (words.readNow(INSIDE) !== 0) this.#overlaps++;
      words.writeNow(INSIDE, me);
      if (token !== 0) this.#checkToken(token);
      addOne(words, this.#word, Math.max(this.#spins, CHECK_SPINS));
      if (words.readNow(INSIDE) !== me) this.#overlaps++;
      words.writeNow(INSIDE, 0);
    } else {
      addOne(words, this.#word, this.#spins);
    }
  }

  #checkToken(token: number): void {
    const seen = this.#words.readNow(LAST_TOKEN);
    // Low 32 bits, compared as a difference so that a wrap is no fault; no token is out of order by 2^31.
    if (token <= this.#lastToken || ((token - seen) | 0) <= 0) this.#tokensOutOfOrder++;
    this.#lastToken = token;
    this.#words.writeNow(LAST_TOKEN, token | 0);
  }
}

/** Spins between the two looks of a check, so that an empty section is long enough to be seen in: some 20 ns. */
const CHECK_SPINS = 32;

function addOne(words: SharedWords, word: number, spins: number): void {
  const value = words.read(word);
  if (spins > 0) busyWork(spins);
  words.write(word, value + 1);
}

function countSync(
  lock: BlockingLock,
  words: SharedWords,
  word: number,
  spins: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const guard = lock.acquireSync();
    try {
      const value = words.read(word);
      if (spins > 0) busyWork(spins);
      words.write(word, value + 1);
    } finally {
      guard.release();
    }
  }
}

async function countAsync(
  lock: Lock,
  words: SharedWords,
  word: number,
  spins: number,
  count: number,
): Promise<number> {
  for (let i = 0; i < count; i++) {
    const guard = await lock.acquire();
    try {
      addOne(words, word, spins);
    } finally {
      const released = guard.release();
      if (released !== undefined) await released;
    }
  }
  return count;
}
