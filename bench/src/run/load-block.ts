import { type Adapter, openSession, type Outcome, type Session } from "@ticketlock/core";
import { isContaminated } from "../environment/noise.ts";
import { lockKindOf } from "../plan/cell.ts";
import { type Scenario, scenarioOf } from "../plan/scenarios.ts";
import { sum } from "../statistics/total.ts";

import { HOLDS_TOPIC, type LoadInput, type LoadOutput } from "../workloads/load.ts";
import type { BlockInput, BlockResult, WindowRecord } from "./block.ts";
import { checkRecord } from "./check-record.ts";
import { ownersLauncher, unitOf } from "./launchers.ts";
import { loadRecord, type LoadWindowResult } from "./load-record.ts";
import {
  clockErrorNs,
  clockStepNs,
  EmptyWindowError,
  measureWindow,
  untilWorked,
  valuesOf,
} from "./measured-window.ts";
import { median } from "../statistics/interval.ts";
import { clearLoadWords, createWords, loadWord, WORDS_TOPIC } from "./shared-words.ts";
import { warmUp, warmUpAlone, warmUpTogether } from "./warm-up.ts";
import { type WindowInput, windowInput, type WindowOutput } from "./window.ts";
import { runWindows } from "./windows.ts";

const LOAD = new URL("../workloads/load.ts", import.meta.url);
const COUNTER = new URL("../workloads/counter.ts", import.meta.url);
/** From a holder's word that it holds to its end: the others are in line by then. */
const STAND_MS = 5;
/** A window whose only use is that the next ones find everything compiled, or that tells what is served at most. */
const SHORT_MS = 50;
/** How many of them tell that; their median is taken, since any one may be disturbed. */
const SATURATION_WINDOWS = 3;

/** Measures a cell of a scenario: its windows' load is the scenario's data. */
export async function runLoadBlock(
  adapters: readonly Adapter[],
  input: BlockInput,
  signal: AbortSignal,
): Promise<BlockResult> {
  const scenario = scenarioOf(input.cell.scenario);
  const block = new LoadBlock(adapters, input, scenario, signal);
  const { records, meanNs } = await runWindows(
    `${input.cell.lock} ${scenario.name}`,
    Math.min(input.windows, scenario.windows),
    () => block.window(),
    signal,
  ).finally(() => block.close());
  return block.result(records, meanNs);
}

/** Contenders that go on from window to window, unless windows end one of them. */
class LoadBlock {
  readonly #adapters: readonly Adapter[];
  readonly #input: BlockInput;
  readonly #scenario: Scenario;
  readonly #signal: AbortSignal;
  readonly #words: ReturnType<typeof createWords>;
  readonly #done: LoadWindowResult[] = [];
  readonly #warmUps: number[] = [];
  readonly #settled: (boolean | null)[] = [];
  readonly #lookNs: number[] = [];
  #clockErrorNs = 0;
  #windows = 0;
  #session: Session | undefined;
  #saturationPerS: number | null = null;

  constructor(
    adapters: readonly Adapter[],
    input: BlockInput,
    scenario: Scenario,
    signal: AbortSignal,
  ) {
    this.#adapters = adapters;
    this.#input = input;
    this.#scenario = scenario;
    this.#signal = signal;
    this.#words = createWords(unitOf(adapters));
  }

  async window(): Promise<WindowRecord> {
    this.#session ??= await this.#open();
    const { dies } = this.#scenario.load;
    const victim = dies ? this.#done.length % this.#input.cell.contenders : null;
    const { record, ...result } = await this.#measure(this.#session, {
      ...this.#loadInput(),
      victim,
    });
    this.#done.push(result);
    if (dies) await this.#end(); // one of its contenders is gone
    return record;
  }

  result(records: readonly WindowRecord[], meanNs: number): BlockResult {
    const outputs = this.#done.flatMap((one) => one.outputs);
    const { cell } = this.#input;
    return {
      windows: records,
      meanNs,
      warmUps: this.#warmUps,
      settled: this.#settled,
      lookNs: this.#lookNs,
      // What was lost stands in the windows already, which are the very ones that were checked.
      check: { ...checkRecord(outputs, 0, 1), operations: 0 },
      sellOut: null,
      load: loadRecord(
        this.#done,
        this.#scenario.load,
        cell.contenders,
        cell.role === "lock",
        this.#saturationPerS,
      ),
      contaminated: isContaminated(records.map((record) => record.noise)),
      clockStepNs: clockStepNs(() => ownersLauncher(this.#adapters).nowNs()),
      clockErrorNs: this.#clockErrorNs,
    };
  }

  async close(): Promise<void> {
    await this.#end();
    this.#words.words.close();
  }

  async #end(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }

  /**
   * Opens a session, warms up, finds out what the lock can serve where the load is a share of that, and lets one
   * short window of the load itself pass: the first one runs code that no compiler has seen.
   */
  async #open(): Promise<Session> {
    const { cell, seed } = this.#input;
    const { load } = this.#scenario;
    const session = await openSession({
      ...this.#words.rights,
      adapters: this.#adapters,
      contenders: cell.contenders,
      lock: { kind: lockKindOf(cell), count: load.locks },
      seed: (seed + this.#done.length) & 0x7fff_ffff,
    });
    this.#session = session; // closed with the block from here on
    await this.#warmUp(session);
    if (load.arrivals.kind === "open") this.#saturationPerS ??= await this.#findSaturation(session);
    await this.#measure(session, this.#shortInput());
    return session;
  }

  async #warmUp(session: Session): Promise<void> {
    const { cell, windowMs } = this.#input;
    const competing = cell.contenders > 1;
    const size = competing ? warmUpTogether(windowMs) : warmUpAlone(windowMs);
    const input = windowInput("warm-up", size.lengthMs, windowMs, {
      section: cell.section,
      async: this.#scenario.load.watchesLoop,
    });
    const warmed = await warmUp(competing, size, async () =>
      valuesOf(await session.run<WindowInput, WindowOutput>(COUNTER, input, this.#options())),
    );
    this.#warmUps.push(...warmed.warmUps);
    this.#settled.push(...warmed.settled);
    this.#lookNs.push(...warmed.lookNs);
    this.#clockErrorNs = Math.max(this.#clockErrorNs, clockErrorNs(warmed.outputs));
  }

  /** Operations per second when everybody comes again at once. */
  async #findSaturation(session: Session): Promise<number> {
    const arrivals = { kind: "closed", thinkSections: 0 } as const;
    const input = { ...this.#shortInput(), load: { ...this.#scenario.load, arrivals } };
    await this.#measure(session, input); // is slow: nothing of it is compiled
    const perS: number[] = [];
    while (perS.length < SATURATION_WINDOWS) {
      const { record } = await this.#measure(session, input);
      perS.push(1e9 / record.nsPerOperation);
    }
    return median(perS);
  }

  #shortInput(): LoadInput {
    return { ...this.#loadInput(), lengthNs: SHORT_MS * 1e6 };
  }

  #loadInput(): LoadInput {
    const { cell, windowMs } = this.#input;
    const { load, leastWindowMs } = this.#scenario;
    const { arrivals } = load;
    const lengthNs = Math.max(windowMs, leastWindowMs) * 1e6;
    const perS = arrivals.kind === "open" ? (this.#saturationPerS ?? 0) * arrivals.share : 0;
    return { load, section: cell.section, lengthNs, perS, victim: null, window: 0 };
  }

  #measure(
    session: Session,
    input: LoadInput,
  ): Promise<LoadWindowResult & { readonly record: WindowRecord }> {
    return untilWorked(() => this.#measureOnce(session, { ...input, window: this.#windows++ }));
  }

  async #measureOnce(
    session: Session,
    input: LoadInput,
  ): Promise<LoadWindowResult & { readonly record: WindowRecord }> {
    const { victim } = input;
    const { words } = this.#words;
    const { locks } = input.load;
    clearLoadWords(words, locks);
    let killedNs: bigint | null = null;
    let victimsOperations = 0;
    const launcher = ownersLauncher(this.#adapters);
    const measured = await measureWindow(launcher.unit, async () => {
      const crash = Promise.withResolvers<void>();
      const outcomes = await session.run<LoadInput, LoadOutput>(LOAD, input, {
        ...this.#options(),
        onSend: (topic, body) => {
          if (topic !== HOLDS_TOPIC || victim === null) return;
          victimsOperations = body as number;
          setTimeout(() => {
            killedNs = launcher.nowNs();
            session.crash(victim).then(crash.resolve, crash.reject);
          }, STAND_MS);
        },
      });
      if (killedNs !== null) await crash.promise;
      else if (victim !== null)
        throw new EmptyWindowError("the one that was to be ended did not come in");
      return outcomes.filter((_, index) => index !== victim) as readonly Outcome<LoadOutput>[];
    });
    const outputs = measured.outputs as readonly LoadOutput[];
    const counted = sum(
      Array.from({ length: locks }, (_, i) => words.readNow(loadWord("count", i))),
    );
    const lostUpdates =
      sum(outputs.map((output) => output.allOperations)) + victimsOperations - counted;
    return { outputs, victim, killedNs, record: { ...measured.record, lostUpdates } };
  }

  #options(): { signal: AbortSignal; onRequest: (topic: string) => unknown } {
    return {
      signal: this.#signal,
      onRequest: (topic) => (topic === WORDS_TOPIC ? this.#words.handle : null),
    };
  }
}
