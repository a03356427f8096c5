import { buy, type BuyHooks, type Contender, type SellingMode } from "@ticketlock/core";
import { busyWork, spinsFor } from "../run/busy-work.ts";
import { INSIDE, LAST_TOKEN } from "../run/shared-words.ts";
import type { WindowInput, WindowOutput } from "../run/window.ts";
import { SectionWatch } from "./section-watch.ts";
import { WindowFrame } from "./window-frame.ts";

/** What a contender of a sale is told. */
export interface SaleInput extends WindowInput {
  readonly mode: SellingMode;
  /** Makes order ids unique within the store's life. */
  readonly orderPrefix: string;
  /** Most tickets this contender may be sold in this window: the journal's room. */
  readonly quota: number;
}

/** One window of selling tickets from the store: a search and a purchase per operation. */
export default async function ticketSale(
  contender: Contender,
  input: SaleInput,
): Promise<WindowOutput> {
  return new SaleWindow(contender, input, await WindowFrame.begin(contender, input)).run();
}

class SaleWindow {
  readonly #contender: Contender;
  readonly #input: SaleInput;
  readonly #frame: WindowFrame;
  readonly #hooks: BuyHooks;
  readonly #watched: SectionWatch;
  #entered = 0;
  #sold = 0;
  #retries = 0;
  #orders = 0;

  constructor(contender: Contender, input: SaleInput, frame: WindowFrame) {
    this.#contender = contender;
    this.#input = input;
    this.#frame = frame;
    this.#watched = new SectionWatch(frame.words, INSIDE, LAST_TOKEN, contender.index);
    const spins = spinsFor(input.section, () => contender.nowNs());
    this.#hooks = {
      ...(spins > 0 ? { beforeWrite: () => busyWork(spins) } : {}),
      ...(input.phase === "check" ? { tell: (step: string) => this.#watch(step) } : {}),
    };
  }

  run(): Promise<WindowOutput> {
    return this.#frame.run(
      (span, pacer, gathering) => pacer.run(span, (count) => this.#batch(count), gathering),
      () => ({
        overlaps: this.#watched.overlaps,
        overlapTrials: this.#entered,
        tokensOutOfOrder: 0,
        sold: this.#sold,
        retries: this.#retries,
      }),
      () => this.#left() > 0,
    );
  }

  #left(): number {
    return this.#input.quota - this.#orders;
  }

  async #batch(count: number): Promise<number> {
    const { mode, orderPrefix, phase } = this.#input;
    const buyer = `b${this.#contender.index}`;
    const orders = Math.min(count, this.#left());
    for (let i = 0; i < orders; i++) {
      const before = phase === "check" ? this.#frame.sampled() : undefined;
      const order = {
        id: `${orderPrefix}-${this.#contender.index}-${this.#orders++}`,
        buyer,
        quantity: 1,
      };
      const { sold, retries } = await buy(mode, this.#contender, order, this.#hooks);
      this.#frame.record(before);
      if (sold) this.#sold++;
      this.#retries += retries;
    }
    return orders;
  }

  #watch(step: string): void {
    if (step === "enter") {
      this.#entered++;
      this.#watched.enter(0);
    } else if (step === "exit") {
      this.#watched.leave();
    }
  }
}
