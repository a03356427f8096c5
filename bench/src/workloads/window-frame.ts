import process from "node:process";
import type { Contender } from "@ticketlock/core";
import { type Gathering, type Paced, Pacer, type Span } from "../run/pacer.ts";
import { openWords, type SharedWords, WORDS_TOPIC, type WordsHandle } from "../run/shared-words.ts";
import { ratesAgree } from "../run/warm-up.ts";
import { spanOf, type WindowInput, type WindowOutput } from "../run/window.ts";
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

/** What a workload does within a span of its window: batches, by the pacer that it is given. */
export type SpanRunner = (span: Span, pacer: Pacer, gathering?: Gathering) => Promise<Paced>;

/** What a workload found in its window, beside what the frame measures. */
export type Findings = Pick<
  WindowOutput,
  "overlaps" | "overlapTrials" | "tokensOutOfOrder" | "sold" | "retries"
>;

/**
 * What the windows of all workloads have in common: words and pacers that stay between windows, the
 * warm-up, the gathering of rivals, the times and the CPU time, and the sampling of waits.
 */
export class WindowFrame {
  readonly words: SharedWords;
  readonly #contender: Contender;
  readonly #input: WindowInput;
  readonly #pacer: Pacer;
  readonly #gathering: Gathering | undefined;
  readonly #histogram = newHistogram();
  #untilSample = 1;

  private constructor(contender: Contender, input: WindowInput, { words, ...kept }: Kept) {
    this.words = words;
    this.#contender = contender;
    this.#input = input;
    this.#pacer = input.phase === "check" ? kept.checkPacer : kept.pacer;
    this.#gathering = isContended(contender, input) ? kept.gathering.next() : undefined;
  }

  /** Begins a window; each contender begins the same windows of a session in the same order. */
  static async begin(contender: Contender, input: WindowInput): Promise<WindowFrame> {
    kept ??= await keep(contender, isContended(contender, input));
    return new WindowFrame(contender, input, kept);
  }

  /**
   * Runs the window.
   *
   * @param run - does the work
   * @param canGoOn - false once there is nothing left to warm up with
   * @param findings - asked in the end; gets all operations of the window
   */
  async run(
    run: SpanRunner,
    findings: (operations: number) => Findings,
    canGoOn: () => boolean = () => true,
  ): Promise<WindowOutput> {
    const { startedNs } = this.#contender;
    const { alone, lengthNs, phase } = this.#input;
    const begun = this.#contender.nowNs();
    const cpuBefore = process.cpuUsage();
    let warmed: Warmed = { warmUps: 0, settled: null };
    let done: Paced = { operations: 0, all: 0, looks: 0, beganNs: begun, endedNs: begun };
    if (!alone || this.#contender.index === 0) {
      if (phase === "warm-up" && this.#gathering === undefined)
        [warmed, done] = await this.#warmUp(run, canGoOn);
      else done = await run(spanOf(startedNs, lengthNs), this.#pacer, this.#gathering);
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      operations: done.operations,
      allOperations: done.all,
      startedAfterNs: Number(begun - startedNs),
      beganAfterNs: Number(done.beganNs - startedNs),
      endedAfterNs: Number(done.endedNs - startedNs),
      clockErrorNs: this.#contender.clockErrorNs,
      cpuUs: user + system,
      ...warmed,
      lookNs: phase === "warm-up" ? lookNs(() => this.#contender.nowNs()) : null,
      looks: done.looks,
      histogram: phase === "check" ? encodeHistogram(this.#histogram) : "",
      ...findings(done.all),
    };
  }

  /** The time before one operation in so many of a check window; undefined for the others. */
  sampled(): bigint | undefined {
    if (--this.#untilSample > 0) return undefined;
    this.#untilSample = this.#input.sampleEvery;
    return this.#contender.nowNs();
  }

  /** Records what has passed since a sample's beginning. */
  record(before: bigint | undefined): void {
    if (before !== undefined) recordNs(this.#histogram, Number(this.#contender.nowNs() - before));
  }

  /** Gives the operations of all its windows, so that the owner knows the rate and what a journal holds. */
  async #warmUp(run: SpanRunner, canGoOn: () => boolean): Promise<[Warmed, Paced]> {
    const rates: number[] = [];
    const beganNs = this.#contender.nowNs();
    let operations = 0;
    let looks = 0;
    let endedNs = beganNs;
    while (rates.length < this.#input.warmUpsAtMost && !ratesAgree(rates) && canGoOn()) {
      const done = await run(spanOf(endedNs, this.#input.lengthNs, false), this.#pacer);
      rates.push(done.operations / Number(done.endedNs - done.beganNs));
      operations += done.operations;
      looks += done.looks;
      endedNs = done.endedNs;
    }
    return [
      { warmUps: rates.length, settled: ratesAgree(rates) },
      { operations, all: operations, looks, beganNs, endedNs },
    ];
  }
}

/** How a contender's own warm-up went. */
type Warmed = Pick<WindowOutput, "warmUps" | "settled">;

const LOOK_TRIALS = 10;
const LOOKS = 200;

/** What a look at the clock costs. The fastest of several trials: whatever disturbs one only makes it slower. */
function lookNs(nowNs: () => bigint): number {
  let fastest = Infinity;
  for (let trial = 0; trial < LOOK_TRIALS; trial++) {
    const before = nowNs();
    let now = before;
    for (let i = 0; i < LOOKS; i++) now = nowNs();
    fastest = Math.min(fastest, Number(now - before) / LOOKS);
  }
  return fastest;
}

function isContended({ count }: Contender, { alone }: WindowInput): boolean {
  return count > 1 && !alone;
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
