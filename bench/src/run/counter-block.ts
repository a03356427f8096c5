import {
  type Adapter,
  BROKEN_KIND,
  type Launcher,
  openSession,
  type Session,
} from "@ticketlock/core";
import { isContaminated } from "../environment/noise.ts";
import { FALSE_SHARING, lockKindOf, ORACLE, PRIVATE_LINE } from "../plan/cell.ts";
import { sum } from "../statistics/total.ts";
import { checkRecord, sampleEveryFor } from "./check-record.ts";
import { type BlockInput, type BlockResult, type CheckRecord, type WindowRecord } from "./block.ts";
import { ownersLauncher, unitOf } from "./launchers.ts";
import {
  clockErrorNs,
  clockStepNs,
  type MeasuredWindow,
  measureWindow,
  untilWorked,
  valuesOf,
} from "./measured-window.ts";
import {
  type CounterLayout,
  counterWord,
  createWords,
  INSIDE,
  type SharedWords,
  WORDS_TOPIC,
  type WordsHandle,
} from "./shared-words.ts";
import { warmUp, warmUpAlone, warmUpTogether } from "./warm-up.ts";
import { type WindowInput, windowInput, type WindowOutput } from "./window.ts";
import { runWindows } from "./windows.ts";

const WORKLOAD = new URL("../workloads/counter.ts", import.meta.url);

/** Measures a cell that counts under a lock, with contenders and locks of the adapters. */
export async function runCounterBlock(
  adapters: readonly Adapter[],
  input: BlockInput,
  signal: AbortSignal,
): Promise<BlockResult> {
  const { cell, seed } = input;
  const launcher = ownersLauncher(adapters);
  const unit = unitOf(adapters);
  const { handle, words, rights } = createWords(unit);
  const session = await openSession({
    ...rights,
    adapters,
    contenders: cell.contenders,
    lock: { kind: lockKindOf(cell) },
    seed,
  });
  try {
    const block = new CounterBlock(session, input, unit, words, handle, signal);
    return await block.run(clockStepNs(() => launcher.nowNs()));
  } finally {
    await session.close();
    words.close();
  }
}

/**
 * The broken control is no measurement: its check windows are repeated until it is caught, with
 * sections so long that even contenders that take turns on one busy core are interrupted inside.
 */
const CATCH_MS = 20_000;
const CATCH_WINDOW_MS = 200;
const CATCH_SECTION_US = 200;

class CounterBlock {
  readonly #session: Session;
  readonly #input: BlockInput;
  readonly #unit: Launcher["unit"];
  readonly #words: SharedWords;
  readonly #handle: WordsHandle;
  readonly #signal: AbortSignal;
  readonly #layout: CounterLayout;

  constructor(
    session: Session,
    input: BlockInput,
    unit: Launcher["unit"],
    words: SharedWords,
    handle: WordsHandle,
    signal: AbortSignal,
  ) {
    this.#session = session;
    this.#input = input;
    this.#unit = unit;
    this.#words = words;
    this.#handle = handle;
    this.#signal = signal;
    this.#layout = layoutOf(input.cell.lock);
  }

  async run(stepNs: number): Promise<BlockResult> {
    const { cell, windows, windowMs } = this.#input;
    const competing = cell.contenders > 1 && cell.lock !== ORACLE;
    const size = competing ? warmUpTogether(windowMs) : warmUpAlone(windowMs);
    const { outputs: warmed, ...howWarm } = await warmUp(competing, size, async () =>
      valuesOf(
        await this.#session.run<WindowInput, WindowOutput>(
          WORKLOAD,
          this.#window("warm-up", size.lengthMs),
          this.#options(),
        ),
      ),
    );
    const { records, meanNs } = await runWindows(
      `${cell.lock} x${cell.contenders}`,
      windows,
      async (): Promise<WindowRecord> => {
        const { record, outputs } = await this.#measure(this.#window("throughput", windowMs));
        return { ...record, lostUpdates: this.#lost(outputs) };
      },
      this.#signal,
    );
    return {
      windows: records,
      meanNs,
      ...howWarm,
      check: await this.#check(records),
      sellOut: null,
      load: null,
      contaminated: isContaminated(records.map((record) => record.noise)),
      clockStepNs: stepNs,
      clockErrorNs: clockErrorNs(warmed),
    };
  }

  async #check(records: readonly WindowRecord[]): Promise<CheckRecord> {
    const sampleEvery = sampleEveryFor(records);
    const input = this.#window("check", this.#input.windowMs, sampleEvery);
    let check = await this.#checkOnce(input);
    if (this.#input.cell.lock !== BROKEN_KIND) return check;
    const untilMs = performance.now() + CATCH_MS;
    while (!caught(records, check) && performance.now() < untilMs) {
      this.#signal.throwIfAborted();
      check = addChecks(
        check,
        await this.#checkOnce({
          ...input,
          lengthNs: CATCH_WINDOW_MS * 1e6,
          section: Math.max(input.section, CATCH_SECTION_US),
        }),
      );
    }
    return check;
  }

  async #checkOnce(input: WindowInput): Promise<CheckRecord> {
    const { outputs } = await this.#measure(input);
    return checkRecord(outputs, this.#lost(outputs), input.sampleEvery);
  }

  #measure(input: WindowInput): Promise<MeasuredWindow> {
    return untilWorked(() => this.#measureOnce(input));
  }

  #measureOnce(input: WindowInput): Promise<MeasuredWindow> {
    for (let i = 0; i < this.#input.cell.contenders; i++)
      this.#words.write(counterWord(this.#layout, i), 0);
    this.#words.write(INSIDE, 0); // a broken lock may have left it set
    return measureWindow(this.#unit, () =>
      this.#session.run<WindowInput, WindowOutput>(WORKLOAD, input, this.#options()),
    );
  }

  /** Operations that the counters do not show. */
  #lost(outputs: readonly WindowOutput[]): number {
    const contenders = this.#layout === "shared" ? 1 : this.#input.cell.contenders;
    let counted = 0;
    for (let i = 0; i < contenders; i++)
      counted += this.#words.readNow(counterWord(this.#layout, i)) >>> 0;
    return sum(outputs.map((output) => output.allOperations)) - counted;
  }

  #window(phase: WindowInput["phase"], lengthMs: number, sampleEvery = 1): WindowInput {
    const { mode, lock, section } = this.#input.cell;
    return windowInput(phase, lengthMs, this.#input.windowMs, {
      section,
      layout: this.#layout,
      async: mode === "counter-async",
      alone: lock === ORACLE,
      sampleEvery,
    });
  }

  #options(): { signal: AbortSignal; onRequest: (topic: string) => unknown } {
    return {
      signal: this.#signal,
      onRequest: (topic) => (topic === WORDS_TOPIC ? this.#handle : null),
    };
  }
}

function caught(records: readonly WindowRecord[], check: CheckRecord): boolean {
  return check.overlaps > 0 || [...records, check].some(({ lostUpdates }) => lostUpdates !== 0);
}

/** Both windows' findings; the waits are those of the first, whose sections are the cell's. */
function addChecks(first: CheckRecord, more: CheckRecord): CheckRecord {
  return {
    ...first,
    operations: first.operations + more.operations,
    overlaps: first.overlaps + more.overlaps,
    overlapTrials: first.overlapTrials + more.overlapTrials,
    tokensOutOfOrder: first.tokensOutOfOrder + more.tokensOutOfOrder,
    lostUpdates: first.lostUpdates + more.lostUpdates,
  };
}

function layoutOf(lock: string): CounterLayout {
  return lock === PRIVATE_LINE || lock === FALSE_SHARING ? lock : "shared";
}
