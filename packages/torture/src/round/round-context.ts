import { within } from "@ticketlock/conformance/kit";
import type { Adapter, Launcher, MaybePromise } from "@ticketlock/core";
import { HistoryFiles } from "../contender/history-files.ts";
import { lockName, ownerName } from "../contender/names.ts";
import { lookSeldom, ownAdapter } from "../contender/seldom-looks.ts";
import type { RoundPlan } from "../plan/round-plan.ts";
import type { PromiseId } from "../plan/promises.ts";
import { lastTimeIn } from "./last-time.ts";
import type { RoundEvent, RoundReport } from "./round-report.ts";

export interface RoundOptions {
  readonly adapters: readonly Adapter[];
  readonly plan: RoundPlan;
  readonly folder: string;
  /** A folder of the round's in the machine's memory, where it has such: mapped files lie in one. */
  readonly memory: string;
  readonly phase: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly tell: (event: RoundEvent) => void;
}

/** What every kind of round has: limits on all waits, a clock, and a list of what is wrong. */
export class RoundContext {
  readonly options: RoundOptions;
  readonly launcher: Launcher;
  /** Some runtimes' clocks begin with each process. */
  readonly offsetNs: bigint;
  readonly findings: { promise: PromiseId; sentence: string }[] = [];
  readonly #startedMs = performance.now();
  readonly #called: Promise<never>;

  constructor(options: RoundOptions) {
    this.options = options;
    this.launcher = options.adapters.find(({ launcher }) => launcher !== undefined)!.launcher!;
    const lastNs = lastTimeIn(options.folder);
    const nowNs = this.launcher.nowNs();
    this.offsetNs = lastNs > nowNs ? lastNs - nowNs : 0n;
    this.#called = new Promise((_resolve, reject) => {
      const off = (): void => reject(options.signal.reason as Error);
      if (options.signal.aborted) off();
      else options.signal.addEventListener("abort", off, { once: true });
    });
    this.#called.catch(() => undefined);
  }

  /** The session's clock, such that it goes on where that of an earlier session of the round had come to. */
  nowNs(): bigint {
    return this.launcher.nowNs() + this.offsetNs;
  }

  /** Modules of the adapters whose waiters are to look seldom in this round. */
  get looksSeldom(): readonly string[] {
    return this.options.plan.looksSeldom ? this.options.adapters.map(({ url }) => url) : [];
  }

  /** Lets waiters of the owner's thread look seldom, where the plan says so; what ends that. */
  ownerLooksSeldom(): Promise<() => void> {
    return lookSeldom(ownAdapter(this.looksSeldom, 0));
  }

  /** What the owner writes. */
  ownerFiles(): HistoryFiles {
    const { folder, phase } = this.options;
    return new HistoryFiles({
      folder,
      client: ownerName(phase),
      lockName: lockName(phase),
      nowNs: () => this.nowNs(),
    });
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
