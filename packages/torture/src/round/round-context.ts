import { within } from "@ticketlock/conformance/kit";
import type { Adapter, Launcher, MaybePromise } from "@ticketlock/core";
import type { RoundPlan } from "../plan/round-plan.ts";
import type { PromiseId } from "../plan/promises.ts";
import type { RoundEvent, RoundReport } from "./round-report.ts";

export interface RoundOptions {
  readonly adapters: readonly Adapter[];
  readonly plan: RoundPlan;
  readonly folder: string;
  readonly phase: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly tell: (event: RoundEvent) => void;
}

/** What every kind of round has: limits on all waits, a clock, and a list of what is wrong. */
export class RoundContext {
  readonly options: RoundOptions;
  readonly launcher: Launcher;
  readonly findings: { promise: PromiseId; sentence: string }[] = [];
  readonly #startedMs = performance.now();
  readonly #called: Promise<never>;

  constructor(options: RoundOptions) {
    this.options = options;
    this.launcher = options.adapters.find(({ launcher }) => launcher !== undefined)!.launcher!;
    this.#called = new Promise((_resolve, reject) => {
      const off = (): void => reject(options.signal.reason as Error);
      if (options.signal.aborted) off();
      else options.signal.addEventListener("abort", off, { once: true });
    });
    this.#called.catch(() => undefined);
  }

  nowNs(): bigint {
    return this.launcher.nowNs();
  }

  /** Waits, but neither longer than the limit nor after the round was called off. */
  within<T>(what: string, work: MaybePromise<T>): Promise<T> {
    return within(this.options.limitMs, what, Promise.race([work, this.#called]));
  }

  find(promise: PromiseId, sentence: string): void {
    this.findings.push({ promise, sentence });
  }

  /** The report of a round in which nothing more than `own` was to be seen. */
  report(own: Partial<RoundReport>): RoundReport {
    return {
      round: this.options.plan.round,
      phase: this.options.phase,
      injected: [],
      outcomes: [],
      stall: null,
      state: null,
      clockErrorNs: 0,
      fence: 0,
      sold: 0,
      inputs: 0,
      ...own,
      findings: this.findings,
      wallMs: performance.now() - this.#startedMs,
    };
  }
}

/** The name by which a contender stands in the histories. */
export function clientName(phase: string, index: number): string {
  return `${phase}c${index}`;
}

/** The owner's name there. */
export function ownerName(phase: string): string {
  return `${phase}owner`;
}
