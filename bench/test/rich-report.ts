import type { Cell } from "../src/plan/cell.ts";
import { randomNumbers } from "../src/plan/shuffle.ts";
import type { CellRun } from "../src/report/build.ts";
import type { Report } from "../src/report/report.ts";
import type { BlockResult, LoadRecord, RecoveryRecord, SectionTimes } from "../src/run/block.ts";
import { nsPerOperation } from "../src/run/rates.ts";
import { mean } from "../src/statistics/interval.ts";
import { encodeHistogram, newHistogram, recordNs } from "../src/statistics/percentiles.ts";
import { uslAt } from "../src/statistics/usl.ts";
import {
  ADAPTERS,
  type AdapterModel,
  LEAST_SPREAD,
  type Model,
  ORACLE,
  UNLOCKED,
} from "./rich-models.ts";
import { sampleCell, sampleReport } from "./sample-report.ts";

/** How large a simulated report is. */
export interface RichReportSize {
  readonly contenders: readonly number[];
  readonly sections: readonly number[];
  readonly blocks: number;
}

const RICH: RichReportSize = {
  contenders: [1, 2, 3, 4, 6, 8],
  sections: [0, 10],
  blocks: 5,
};

/**
 * A report as a long run on four cores makes it, from simulated blocks that repeat with their seed: several
 * adapters, locks and numbers of contenders, controls, twins, sales, peers, and scenarios with their loads.
 */
export function richReport(size: RichReportSize = RICH, seed: number = 1): Report {
  const blocks = new Simulation(size, seed);
  const runs = [...ADAPTERS.flatMap((model) => blocks.adapter(model)), ...blocks.peers()];
  const { environment } = sampleReport([], {});
  return sampleReport(
    runs,
    {
      preset: "full",
      windowMs: 200,
      environment: {
        ...environment,
        cores: 4,
        runtimes: {
          node: "26.10.0",
          v8: "14.8.1",
          deno: "2.9.6",
          bun: "1.4.5",
          c: "cc 12.2",
          python: "3.11.2",
        },
        argv: ["--preset", "full", "--seed", "7"],
        tookMs: 3_412_000,
      },
      conformance: ADAPTERS.flatMap(({ adapter, locks }) =>
        Object.keys(locks).map((lock) => ({ adapter, lock, passed: 26, failed: 0, failures: [] })),
      ),
      leftOut: ["node/worker-threads/spin/memory/counter/x16/100us"],
      notMeasured: [
        {
          key: "python/peer/multiprocessing.Queue/peer/counter/x8/0us",
          why: "the run ended before its first block",
          failures: [],
        },
      ],
    },
    4,
  );
}

class Simulation {
  readonly #size: RichReportSize;
  readonly #random: () => number;

  constructor(size: RichReportSize, seed: number) {
    this.#size = size;
    this.#random = randomNumbers(seed);
  }

  adapter({ adapter, runtime, store, locks }: AdapterModel): CellRun[] {
    const base = { adapter, runtime, store };
    const runs = Object.entries(locks).flatMap(([lock, model], rank) =>
      this.#steady({ ...base, lock, role: "lock" }, model, rank === 0),
    );
    const [[first, model]] = Object.entries(locks) as [[string, Model]];
    return [
      ...runs,
      ...this.#steady({ ...base, lock: "none", role: "control" }, UNLOCKED),
      ...this.#steady({ ...base, lock: "oracle", role: "control" }, ORACLE),
      this.#run({ ...base, lock: first, contenders: 2, twin: 1 }, model),
      this.#run({ ...base, lock: "broken", role: "control", contenders: 2 }, model, {
        lost: 31,
        overlaps: 17,
      }),
      this.#run(
        { ...base, lock: first, mode: "counter-async", contenders: 2 },
        { ...model, lambdaPerS: 2e6 },
      ),
      ...this.#sales({ ...base, lock: first }),
      ...Object.entries(locks).flatMap(([lock, one]) => this.#scenarios({ ...base, lock }, one)),
      this.#lineUp({ ...base, lock: "none", role: "control" }),
    ];
  }

  peers(): CellRun[] {
    const peers = [
      ["pthread mutex", "c", 83e6],
      ["threading.Lock", "python", 9e6],
      ["multiprocessing.Lock", "python", 1.4e6],
      ["async-mutex", "node", 3.1e6],
    ] as const;
    return peers.flatMap(([lock, runtime, lambdaPerS]) =>
      [1, 2].map((contenders) => {
        const model = { lambdaPerS, sigma: 0.8, kappa: 0.05, ...LEAST_SPREAD };
        const run = this.#run(
          { adapter: "peer", runtime, lock, store: "peer", contenders, role: "peer" },
          model,
        );
        return { ...run, blocks: run.blocks.map((block) => ({ ...block, check: null })) };
      }),
    );
  }

  #steady(part: Partial<Cell>, model: Model, isDefault: boolean = false): CellRun[] {
    return this.#size.sections.flatMap((section) =>
      this.#size.contenders.map((contenders) => {
        const gate = isDefault && section === 0 && contenders <= 2;
        return this.#run({ ...part, contenders, section, gate }, model);
      }),
    );
  }

  #sales(part: Partial<Cell>): CellRun[] {
    const model: Model = { lambdaPerS: 4e5, sigma: 1, kappa: 0.05, scatter: 0.03, evenness: 0.9 };
    return [2, 4].flatMap((contenders) => [
      this.#run({ ...part, mode: "mutex", role: "sale", contenders }, model, { oversold: 0 }),
      this.#run({ ...part, mode: "unlocked", lock: "none", role: "sale", contenders }, model, {
        oversold: 156,
      }),
    ]);
  }

  #scenarios(part: Partial<Cell>, model: Model): CellRun[] {
    const load = (
      scenario: string,
      contenders: number,
      section: number,
      record: LoadRecord,
    ): CellRun => {
      const run = this.#run({ ...part, scenario, contenders, section }, model);
      return { ...run, blocks: run.blocks.map((block) => ({ ...block, load: record })) };
    };
    return [
      this.#lineUp(part),
      ...[50, 70, 90].map((share) =>
        load(
          `open-${share}`,
          2,
          100,
          this.#load({ latencies: this.#histogram(12_000 / (100 - share) ** 0.7) }),
        ),
      ),
      load("crash", 4, 100, this.#load({ recovery: this.#recovery() })),
    ];
  }

  #run(
    part: Partial<Cell>,
    model: Model,
    wrong: { lost?: number; overlaps?: number; oversold?: number } = {},
  ): CellRun {
    const cell = sampleCell(part);
    // One contender does the oracle's and the unlocked section's work as fast as anybody.
    const perS = uslAt(model, cell.contenders);
    const parallel = cell.lock === "none" ? cell.contenders : 1;
    const meanNs = 1e9 / perS + (cell.section * 1_000) / parallel;
    return {
      cell,
      blocks: Array.from({ length: this.#size.blocks }, (_, i) =>
        this.#block(cell, meanNs * Math.exp(model.scatter * this.#normal()), model, {
          ...wrong,
          contaminated: i === 3 && this.#random() < 0.05,
        }),
      ),
      failures: [],
    };
  }

  #block(
    cell: Cell,
    meanNs: number,
    model: Model,
    wrong: { lost?: number; overlaps?: number; oversold?: number; contaminated: boolean },
  ): BlockResult {
    const operations = Math.max(10, Math.round(2e8 / meanNs));
    const lost = cell.lock === "none" ? Math.round(operations / 3) : (wrong.lost ?? 0);
    const windows = Array.from({ length: 4 }, () => {
      const shares = this.#shares(cell.contenders, operations, model.evenness);
      // About 200 ms: as long as so many operations take.
      const spanNs = meanNs * shares.reduce((sum, share) => sum + share, 0);
      const spansNs = shares.map(() => spanNs);
      return {
        operations,
        allOperations: operations,
        shares,
        spansNs,
        wallNs: spanNs,
        nsPerOperation: nsPerOperation(shares, spansNs),
        startSkewNs: 1_000,
        cpuUs: Math.round(2e5 * Math.min(4, cell.contenders)),
        lostUpdates: lost,
        retries: 0,
        looks: 500 * cell.contenders,
        noise: {
          steal: 0,
          othersCores: wrong.contaminated ? 0.5 : 0.01,
          pressureUs: 12,
          switches: 34,
          pace: 5,
        },
      };
    });
    return {
      windows,
      meanNs: mean(windows.map((window) => window.nsPerOperation)),
      warmUps: Array.from({ length: cell.contenders }, () => 3),
      settled: Array.from({ length: cell.contenders }, () => true),
      lookNs: Array.from({ length: cell.contenders }, () => 90),
      check: {
        operations,
        overlaps: cell.lock === "none" ? 5_000 : (wrong.overlaps ?? 0),
        overlapTrials: operations,
        tokensOutOfOrder: 0,
        lostUpdates: 0,
        sampleEvery: 8,
        histogram: this.#histogram(meanNs * cell.contenders),
      },
      sellOut:
        wrong.oversold === undefined
          ? null
          : {
              capacity: 500,
              sold: 500 + wrong.oversold,
              oversold: wrong.oversold,
              lostUpdates: wrong.oversold,
              journalFaults: 0,
            },
      load: null,
      contaminated: wrong.contaminated,
      clockStepNs: 40,
      clockErrorNs: cell.store === "mapped" ? 900 : 0,
    };
  }

  #shares(contenders: number, operations: number, evenness: number): number[] {
    const weights = Array.from(
      { length: contenders },
      (_, i) =>
        1 - ((1 - evenness) * i) / Math.max(1, contenders - 1) + 0.05 * (this.#random() - 0.5),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => Math.max(0, Math.round((operations * weight) / sum)));
  }

  /** Waits around `typicalNs` with a long tail, as locks have them. */
  #histogram(typicalNs: number): string {
    const histogram = newHistogram();
    for (let i = 0; i < 1_500; i++) {
      const tail = this.#random() < 0.03 ? 20 + 200 * this.#random() : 1;
      recordNs(histogram, typicalNs * tail * Math.exp(0.5 * this.#normal()));
    }
    return encodeHistogram(histogram);
  }

  #lineUp(part: Partial<Cell>): CellRun {
    const cell = sampleCell({ ...part, scenario: "line-up", contenders: 4, section: 1_000 });
    const sections =
      cell.lock === "none" ? this.#unlockedSections() : this.#lockedSections(cell.lock === "spin");
    const block = this.#block(cell, cell.lock === "none" ? 4e5 : 1.02e6, UNLOCKED, {
      contaminated: false,
    });
    return { cell, blocks: [{ ...block, load: this.#load({ sections }) }], failures: [] };
  }

  /** One after the other; an unfair lock lets who just left come in again first. */
  #lockedSections(isUnfair: boolean): SectionTimes[] {
    const askedNs = [0, 20_000, 35_000, 50_000];
    const sections: SectionTimes[] = [];
    let atNs = 60_000;
    let last = 3;
    while (atNs < 190e6) {
      const next = isUnfair && this.#random() < 0.8 ? last : askedNs.indexOf(Math.min(...askedNs));
      const enteredNs = Math.max(atNs, askedNs[next]!) + 2_000;
      const leftNs = enteredNs + 1e6 * (1 + 0.05 * this.#random());
      sections.push([next, askedNs[next]!, enteredNs, leftNs]);
      atNs = leftNs;
      askedNs[next] = leftNs + 500;
      last = next;
    }
    return sections;
  }

  /** Everybody at once, with a pause now and then when somebody else has the core. */
  #unlockedSections(): SectionTimes[] {
    return [0, 1, 2, 3]
      .flatMap((contender) => {
        const sections: SectionTimes[] = [];
        let atNs = 4e5 * this.#random();
        while (atNs < 190e6) {
          const leftNs = atNs + 1e6 * (1 + 0.1 * this.#random());
          sections.push([contender, atNs, atNs, leftNs]);
          atNs = leftNs + (this.#random() < 0.1 ? 4e6 * this.#random() : 500);
        }
        return sections;
      })
      .sort((a, b) => a[2] - b[2]);
  }

  #recovery(): RecoveryRecord {
    const pauseNs = 1e6 * (1 + 8 * this.#random());
    const grants = Array.from({ length: 60 }, (_, bin) => {
      const gone = bin >= 20 && (bin - 20) * 1e6 < pauseNs;
      return gone || bin >= 55 ? 0 : Math.round(40 + 8 * this.#normal());
    });
    return {
      deaths: 5,
      binNs: 1e6,
      binsBefore: 20,
      grants,
      // The windows end 35 ms after the order.
      covered: grants.map((_, bin) => (bin < 55 ? 5 : 0)),
      // Nothing followed one of the deaths.
      nextGrantNs: Array.from({ length: 4 }, () => pauseNs * (1 + 0.2 * this.#random())),
    };
  }

  #load(part: Partial<LoadRecord>): LoadRecord {
    return {
      contenders: [0, 1, 2, 3].map(() => ({
        operations: 45,
        heldNs: 4.6e7,
        longestWaitNs: 3.4e6 * (1 + this.#random()),
      })),
      waits: this.#histogram(3e6),
      passedBy: this.#histogram(3),
      jainHeld: [0.98, 0.99, 1],
      latencies: null,
      loopDelays: null,
      sections: [],
      recovery: null,
      rates: null,
      ...part,
    };
  }

  /** Source: G. Box and M. Muller, A Note on the Generation of Random Normal Deviates (1958). */
  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}
