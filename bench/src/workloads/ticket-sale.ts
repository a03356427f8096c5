import process from "node:process";
import { buy, type BuyHooks, type Contender, type SellingMode } from "@ticketlock/core";
import { busyWork, spinsFor } from "../run/busy-work.ts";
import { type Gathering, type Paced, Pacer, type Span } from "../run/pacer.ts";
import {
  INSIDE,
  openWords,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "../run/shared-words.ts";
import { ratesAgree, spanOf, type WindowInput, type WindowOutput } from "../run/window.ts";
import { encodeHistogram, newHistogram, recordNs } from "../statistics/percentiles.ts";
import { WordGathering } from "./word-gathering.ts";

/** What a contender of a sale is told. */
export interface SaleInput extends WindowInput {
  readonly mode: SellingMode;
  /** Makes order ids unique within the store's life. */
  readonly orderPrefix: string;
  /** Most tickets this contender may be sold in this window: the journal's room. */
  readonly quota: number;
}

let kept: Kept | undefined;

interface Kept {
  readonly words: SharedWords;
  readonly pacer: Pacer;
  readonly checkPacer: Pacer;
  readonly gathering: WordGathering;
}

/** One window of selling tickets from the store: a search and a purchase per operation. */
export default async function ticketSale(
  contender: Contender,
  input: SaleInput,
): Promise<WindowOutput> {
  const contended = contender.count > 1;
  kept ??= await keep(contender, contended);
  return new SaleWindow(contender, input, kept.words).run(
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

class SaleWindow {
  readonly #contender: Contender;
  readonly #input: SaleInput;
  readonly #words: SharedWords;
  readonly #histogram = newHistogram();
  readonly #hooks: BuyHooks;
  #overlaps = 0;
  #entered = 0;
  #sold = 0;
  #retries = 0;
  #orders = 0;
  #untilSample = 1;

  constructor(contender: Contender, input: SaleInput, words: SharedWords) {
    this.#contender = contender;
    this.#input = input;
    this.#words = words;
    const spins = spinsFor(input.section, () => contender.nowNs());
    this.#hooks = {
      ...(spins > 0 ? { beforeWrite: () => busyWork(spins) } : {}),
      ...(input.phase === "check" ? { tell: (step: string) => this.#watch(step) } : {}),
    };
  }

  async run(pacer: Pacer, gathering: Gathering | undefined): Promise<WindowOutput> {
    const { startedNs } = this.#contender;
    const begun = this.#contender.nowNs();
    const cpuBefore = process.cpuUsage();
    let warmUps = 0;
    let done: Paced = { operations: 0, all: 0, beganNs: begun, endedNs: begun };
    if (this.#input.phase === "warm-up") {
      [warmUps, done] = await this.#warmUp(pacer);
    } else {
      const span = spanOf(startedNs, this.#input.lengthNs, this.#input.phase);
      done = await this.#until(span, pacer, gathering);
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      operations: done.operations,
      allOperations: done.all,
      startedAfterNs: Number(begun - startedNs),
      beganAfterNs: Number(done.beganNs - startedNs),
      endedAfterNs: Number(done.endedNs - startedNs),
      cpuUs: user + system,
      warmUps,
      overlaps: this.#overlaps,
      overlapTrials: this.#entered,
      tokensOutOfOrder: 0,
      histogram: this.#input.phase === "check" ? encodeHistogram(this.#histogram) : "",
      sold: this.#sold,
      retries: this.#retries,
    };
  }

  /** Gives the operations of all its windows, so that the owner knows the rate and what the journal holds. */
  async #warmUp(pacer: Pacer): Promise<[number, Paced]> {
    const rates: number[] = [];
    const beganNs = this.#contender.nowNs();
    let operations = 0;
    let endedNs = beganNs;
    while (rates.length < this.#input.warmUpsAtMost && !ratesAgree(rates) && this.#left() > 0) {
      const done = await this.#until(spanOf(endedNs, this.#input.lengthNs, "warm-up"), pacer);
      rates.push(done.operations / Number(done.endedNs - done.beganNs));
      operations += done.operations;
      endedNs = done.endedNs;
    }
    return [rates.length, { operations, all: operations, beganNs, endedNs }];
  }

  #until(span: Span, pacer: Pacer, gathering?: Gathering): Promise<Paced> {
    return pacer.run(span, (count) => this.#batch(count), gathering);
  }

  #left(): number {
    return this.#input.quota - this.#orders;
  }

  async #batch(count: number): Promise<number> {
    const { mode, orderPrefix, phase } = this.#input;
    const buyer = `b${this.#contender.index}`;
    const orders = Math.min(count, this.#left());
    for (let i = 0; i < orders; i++) {
      const before = phase === "check" ? this.#sampled() : undefined;
      const order = {
        id: `${orderPrefix}-${this.#contender.index}-${this.#orders++}`,
        buyer,
        quantity: 1,
      };
      const { sold, retries } = await buy(mode, this.#contender, order, this.#hooks);
      if (before !== undefined) recordNs(this.#histogram, Number(this.#contender.nowNs() - before));
      if (sold) this.#sold++;
      this.#retries += retries;
    }
    return orders;
  }

  #sampled(): bigint | undefined {
    if (--this.#untilSample > 0) return undefined;
    this.#untilSample = this.#input.sampleEvery;
    return this.#contender.nowNs();
  }

  #watch(step: string): void {
    if (step === "enter") {
      this.#entered++;
      if (this.#words.readNow(INSIDE) !== 0) this.#overlaps++;
      this.#words.writeNow(INSIDE, this.#contender.index + 1);
    } else if (step === "exit") {
      if (this.#words.readNow(INSIDE) !== this.#contender.index + 1) this.#overlaps++;
      this.#words.writeNow(INSIDE, 0);
    }
  }
}
