import { type BlockingLock, type Contender, isBlockingLock, type Lock } from "@ticketlock/core";
import { busyWork, spinsFor } from "../run/busy-work.ts";
import type { Gathering, Paced, Pacer, Span } from "../run/pacer.ts";
import { counterWord, INSIDE, LAST_TOKEN, type SharedWords } from "../run/shared-words.ts";
import type { WindowInput, WindowOutput } from "../run/window.ts";
import { SectionWatch } from "./section-watch.ts";
import { WindowFrame } from "./window-frame.ts";

/** One window of adding 1 to a counter under the lock: read, section, write. */
export default async function counter(
  contender: Contender,
  input: WindowInput,
): Promise<WindowOutput> {
  return new Window(contender, input, await WindowFrame.begin(contender, input)).run();
}

class Window {
  readonly #contender: Contender;
  readonly #input: WindowInput;
  readonly #frame: WindowFrame;
  readonly #words: SharedWords;
  readonly #word: number;
  readonly #spins: number;
  readonly #watch: SectionWatch;

  constructor(contender: Contender, input: WindowInput, frame: WindowFrame) {
    this.#contender = contender;
    this.#input = input;
    this.#frame = frame;
    this.#words = frame.words;
    this.#word = counterWord(input.layout, contender.index);
    this.#watch = new SectionWatch(this.#words, INSIDE, LAST_TOKEN, contender.index);
    this.#spins = spinsFor(input.section, () => contender.nowNs());
  }

  run(): Promise<WindowOutput> {
    const { phase, layout } = this.#input;
    const checked = phase === "check" && layout === "shared";
    return this.#frame.run(
      (span, pacer, gathering) => this.#until(span, pacer, gathering),
      (operations) => ({
        overlaps: this.#watch.overlaps,
        overlapTrials: checked ? operations : 0,
        tokensOutOfOrder: this.#watch.tokensOutOfOrder,
        sold: 0,
        retries: 0,
      }),
    );
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
      const before = this.#frame.sampled();
      const guard = lock.acquireSync();
      try {
        this.#frame.record(before);
        this.#inside(guard.token);
      } finally {
        guard.release();
      }
    }
  }

  async #checkAsync(lock: Lock, count: number): Promise<number> {
    for (let i = 0; i < count; i++) {
      const before = this.#frame.sampled();
      const guard = await lock.acquire();
      try {
        this.#frame.record(before);
        this.#inside(guard.token);
      } finally {
        await guard.release();
      }
    }
    return count;
  }

  /** The critical section with its eyes open: who else is inside, and did the token rise? */
  #inside(token: number): void {
    const words = this.#words;
    if (this.#input.layout === "shared") {
      this.#watch.enter(token);
      addOne(words, this.#word, Math.max(this.#spins, CHECK_SPINS));
      this.#watch.leave();
    } else {
      addOne(words, this.#word, this.#spins);
    }
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
