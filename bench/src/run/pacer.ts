/** The shortest batch between two looks at the clock; the clock's own step is 0.1 to 0.2 us. */
const LEAST_BATCH_NS = 150_000n;
const LONGEST_BATCH_NS = 600_000n;
const AIMED_BATCH_NS = 300_000n;
const LARGEST_BATCH = 1 << 18;
/**
 * Largest batch of a contender that has rivals. One that happens to be alone for a moment does an
 * operation in 30 ns that takes 80 us in a queue of eight: a batch that fitted then would not end.
 */
const LARGEST_QUEUEING_BATCH = 256;
/**
 * Largest batch of one that has rivals and has not waited for them long, two batches in a row: with 256
 * operations of 12 to 60 ns it would look at the clock every 3 to 15 us, which costs some percent where a look
 * costs half a microsecond. A single long batch is no queue: the contender lost its core.
 */
const LARGEST_CONTENDED_BATCH = 4_096;
const LEAST_TELLING_BATCH = 64;

/** When a contender works, and when its work counts, on the session's clock. */
export interface Span {
  /** Before it everybody works already, and nothing counts: whoever woke first has no rivals yet. */
  readonly beginNs: bigint;
  readonly endNs: bigint;
  /** After the end everybody works on until here, so that the last to look at the clock has rivals still. */
  readonly tailNs: bigint;
}

/** What came of a span. */
export interface Paced {
  /** Operations that count. */
  readonly operations: number;
  /** All operations, those before and after included. */
  readonly all: number;
  /** Looks at the clock between those that count. */
  readonly looks: number;
  /** When counting really began and ended: looks at the clock. */
  readonly beganNs: bigint;
  readonly endedNs: bigint;
}

/** How long everybody works before and after what counts. */
export const LEAD_NS: bigint = 5_000_000n;
export const TAIL_NS: bigint = 2_000_000n;

/**
 * How the contenders of a window find out that all of them compete. Each has finished a batch before
 * anybody's work counts: one that the machine woke late would otherwise leave the early ones to count
 * without rivals.
 */
export interface Gathering {
  /** Says that this contender competes, and gives the time at which counting begins once all do. */
  beginNs(nowNs: bigint): bigint | undefined;
}

/** A contender that competes has not seen its rivals by then: one of them does not run. */
const LONGEST_GATHERING_NS = 5_000_000_000n;

/**
 * Runs batches until a deadline and looks at the clock once per batch. The batch grows and shrinks
 * so that one takes 150 to 600 us: shorter ones would measure the clock, longer ones overrun the
 * deadline. It starts at one operation in every window: a batch that fitted the end of the last
 * window, when rivals had gone already, would crawl through the queue of the next for 20 ms.
 */
export class Pacer {
  readonly #nowNs: () => bigint;
  readonly #contended: boolean;
  #largest: number;
  #batch = 1;
  /** Time per operation of the batch before, and the most that two batches in a row of this window have taken. */
  #lastNs = 0;
  #queueingNs = 0;

  constructor(nowNs: () => bigint, contended: boolean) {
    this.#nowNs = nowNs;
    this.#contended = contended;
    this.#largest = contended ? LARGEST_CONTENDED_BATCH : LARGEST_BATCH;
  }

  /**
   * Calls `runBatch` again and again.
   *
   * @param gathering - when given, the span's times move to where all contenders compete
   */
  runSync(span: Span, runBatch: (operations: number) => void, gathering?: Gathering): Paced {
    this.#startWindow();
    let now = this.#nowNs();
    let looks = 0;
    const until = (endNs: bigint): number => {
      let operations = 0;
      looks = 0;
      while (now < endNs) {
        const batch = this.#batch;
        runBatch(batch);
        operations += batch;
        looks++;
        now = this.#adapt(now);
      }
      return operations;
    };
    let before = 0;
    let moved = span;
    if (gathering !== undefined) {
      const giveUpNs = now + LONGEST_GATHERING_NS;
      for (let beginNs: bigint | undefined; beginNs === undefined;) {
        runBatch(1);
        before++;
        now = this.#nowNs();
        beginNs = gathering.beginNs(now);
        if (beginNs !== undefined) moved = moveTo(span, beginNs);
        else checkGathering(now, giveUpNs);
      }
    }
    before += until(moved.beginNs);
    const beganNs = now;
    const counted = { operations: until(moved.endNs), looks, beganNs, endedNs: now };
    return { ...counted, all: before + counted.operations + until(moved.tailNs) };
  }

  /** As `runSync`, for batches that await. A batch that does fewer operations than asked is the last. */
  async run(
    span: Span,
    runBatch: (operations: number) => Promise<number>,
    gathering?: Gathering,
  ): Promise<Paced> {
    this.#startWindow();
    let now = this.#nowNs();
    let over = false;
    let looks = 0;
    const until = async (endNs: bigint): Promise<number> => {
      let operations = 0;
      looks = 0;
      while (now < endNs && !over) {
        const batch = this.#batch;
        const done = await runBatch(batch);
        operations += done;
        over = done < batch;
        looks++;
        now = this.#adapt(now);
      }
      return operations;
    };
    let before = 0;
    let moved = span;
    if (gathering !== undefined) {
      const giveUpNs = now + LONGEST_GATHERING_NS;
      for (let beginNs: bigint | undefined; beginNs === undefined;) {
        // One whose orders are used up still has to come, or the others would wait for it.
        const done: number = over ? 0 : await runBatch(1);
        over = done < 1;
        before += done;
        now = this.#nowNs();
        beginNs = gathering.beginNs(now);
        if (beginNs !== undefined) moved = moveTo(span, beginNs);
        else checkGathering(now, giveUpNs);
        if (over && beginNs === undefined) await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    before += await until(moved.beginNs);
    const beganNs = now;
    const operations = await until(moved.endNs);
    const counted = { operations, looks, beganNs, endedNs: now };
    return { ...counted, all: before + operations + (await until(moved.tailNs)) };
  }

  /**
   * A contender without rivals keeps its batch: nothing but its own speed made it what it is. One that has some
   * finds out anew, before anything counts, how long it waits for them: in its first window it waited for a compiler.
   */
  #startWindow(): void {
    if (!this.#contended) return;
    this.#batch = 1;
    this.#lastNs = 0;
    this.#queueingNs = 0;
    this.#largest = LARGEST_CONTENDED_BATCH;
  }

  #adapt(before: bigint): bigint {
    const now = this.#nowNs();
    const took = now - before;
    if (this.#contended) this.#watchQueue(took);
    if (took < LEAST_BATCH_NS) this.#batch = Math.min(this.#largest, this.#batch * 2);
    else if (took > LONGEST_BATCH_NS) {
      // At once, not by halves: what was too long may have been far too long.
      this.#batch = Math.max(1, Number((BigInt(this.#batch) * AIMED_BATCH_NS) / took));
    }
    return now;
  }

  /** Finds out how long this contender has to wait for its rivals. A short batch of few operations tells of the clock. */
  #watchQueue(took: bigint): void {
    if (this.#batch < LEAST_TELLING_BATCH && took < LEAST_BATCH_NS) return;
    const operationNs = Number(took) / this.#batch;
    this.#queueingNs = Math.max(this.#queueingNs, Math.min(operationNs, this.#lastNs));
    this.#lastNs = operationNs;
    const fitting = Math.floor(Number(LONGEST_BATCH_NS) / this.#queueingNs);
    this.#largest = Math.max(LARGEST_QUEUEING_BATCH, Math.min(LARGEST_CONTENDED_BATCH, fitting));
  }
}

function moveTo({ beginNs, endNs, tailNs }: Span, newBeginNs: bigint): Span {
  const by = newBeginNs - beginNs;
  return { beginNs: newBeginNs, endNs: endNs + by, tailNs: tailNs + by };
}

function checkGathering(nowNs: bigint, giveUpNs: bigint): void {
  if (nowNs >= giveUpNs)
    throw new Error(
      "Cannot measure a window: not every contender finished an operation within 5 s.",
    );
}
