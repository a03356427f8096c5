import { BROKEN_KIND } from "@ticketlock/core";
import type { Candidate } from "./candidates.ts";
import { type Cell, cellKey, ORACLE, STEADY } from "./cell.ts";
import type { Preset } from "./presets.ts";
import { TWIN_PRIORITY } from "./priorities.ts";
import { scenarioOf } from "./scenarios.ts";
import { randomNumbers, shuffled } from "./shuffle.ts";
import type { Spare } from "./spare-time.ts";
import { warmUpAlone, warmUpTogether } from "../run/warm-up.ts";

/** What a run will measure. */
export interface Plan {
  readonly cells: readonly Cell[];
  /** What there was no time for. */
  readonly leftOut: readonly Cell[];
  /** Those of `leftOut` that a run may still take in when it turns out to be ahead of its plan; the most telling first. */
  readonly spares: readonly Spare[];
  /** About how long one block of each cell takes, in milliseconds. */
  readonly blockMs: ReadonlyMap<Cell, number>;
  /** How many of them there will be. */
  readonly rounds: Rounds;
  readonly expectedMs: number;
}

/** How many blocks cells get. */
export interface Rounds extends Pick<Preset, "blocks" | "curve"> {
  /** Cells that are no gates. */
  readonly otherBlocks: number;
}

/** What a run does besides its blocks, in milliseconds. */
export interface FixedCosts {
  /** Asking adapters, reading the environment, compiling peers. */
  readonly startMs: number;
  /** One run of the quick conformance suite over one kind of lock of one adapter. */
  readonly conformanceMs: number;
  /** The runs of it that a cell's lock must have passed, each by a name of its own. */
  readonly conformanceOf: (cell: Cell) => readonly string[];
}

/** A candidate, or its twin. */
type Ordered = Candidate & { readonly rank: number };

/**
 * Takes candidates, the most telling first and adapters in turn, as long as the budget lasts. Some
 * cells, of different classes, are then measured twice: twins. Cells that are no gates get as many blocks as
 * leave room for all that the preset wants first, the gates' number at most.
 */
export function makePlan(
  byAdapter: readonly (readonly Candidate[])[],
  preset: Preset,
  costs: FixedCosts,
): Plan {
  const drawn = drawnAdapters(byAdapter, preset);
  const { leastBlocks, untilPriority } = preset.others;
  for (let otherBlocks = preset.blocks; ; otherBlocks--) {
    const { blocks, curve } = preset;
    const filling = new Filling(preset, costs, { blocks, curve, otherBlocks });
    let isEnough = true;
    for (const candidate of orderOf(byAdapter, preset)) {
      const isPlanned = filling.add(candidate, drawn);
      if (candidate.priority <= untilPriority && !isPlanned) isEnough = false;
    }
    if (isEnough || otherBlocks <= leastBlocks) return filling.plan();
  }
}

/** Candidates and twins in the order in which they get a place; a twin comes after its first. */
function orderOf(byAdapter: readonly (readonly Candidate[])[], { twins }: Preset): Ordered[] {
  const ordered = byAdapter.flatMap(ranked).sort((a, b) => byPriority(a, b) || a.rank - b.rank);
  const again = new Set(
    twinsOf(
      ordered.map(({ cell }) => cell),
      twins,
    ),
  );
  return ordered
    .flatMap((one) =>
      again.has(one.cell)
        ? [
            one,
            {
              ...one,
              cell: { ...one.cell, twin: 1 },
              priority: Math.max(one.priority, TWIN_PRIORITY),
            },
          ]
        : [one],
    )
    .sort(byPriority);
}

/** An adapter's candidates with their places among those that are as urgent: of each adapter the first comes first. */
function ranked(list: readonly Candidate[]): Ordered[] {
  const places = new Map<number, number>();
  return list.map((candidate) => {
    const rank = places.get(candidate.priority) ?? 0;
    places.set(candidate.priority, rank + 1);
    return { ...candidate, rank };
  });
}

/** A plan as it fills. */
class Filling {
  readonly #preset: Preset;
  readonly #costs: FixedCosts;
  readonly #rounds: Rounds;
  readonly #cells: Cell[] = [];
  readonly #keys = new Set<string>();
  readonly #leftOut: Cell[] = [];
  readonly #spares: (Spare & { readonly checks: readonly string[] })[] = [];
  readonly #blockMs = new Map<Cell, number>();
  readonly #checked = new Set<string>();
  #expectedMs: number;

  constructor(preset: Preset, costs: FixedCosts, rounds: Rounds) {
    this.#preset = preset;
    this.#costs = costs;
    this.#rounds = rounds;
    this.#expectedMs = costs.startMs;
  }

  /** Plans a cell if there is time; true as well for one that is not meant to be measured. */
  add({ cell, besideMs }: Candidate, drawn: ReadonlySet<string>): boolean {
    if (isDrawn(cell) && !drawn.has(cell.adapter)) {
      this.#leftOut.push(cell);
      return true;
    }
    // Its first is left out: nothing to compare.
    if (cell.twin > 0 && !this.#keys.has(cellKey({ ...cell, twin: 0 }))) return true;
    const checks = this.#costs.conformanceOf(cell);
    const unchecked = checks.filter((check) => !this.#checked.has(check));
    const ms = blockMs(cell, this.#preset, besideMs);
    const blocksMs = blocksOf(cell, this.#rounds) * ms;
    const costMs = blocksMs + unchecked.length * this.#costs.conformanceMs;
    if (this.#expectedMs + costMs > this.#preset.budgetMs * this.#preset.plannedShare) {
      this.#leftOut.push(cell);
      if (mayComeLater(cell)) this.#spares.push({ cell, expectedMs: blocksMs, checks });
      return false;
    }
    this.#cells.push(cell);
    this.#keys.add(cellKey(cell));
    this.#blockMs.set(cell, ms);
    this.#expectedMs += costMs;
    for (const check of unchecked) this.#checked.add(check);
    return true;
  }

  plan(): Plan {
    return {
      cells: this.#cells,
      leftOut: this.#leftOut,
      // What has not passed the suite by then will not be measured: it would run between two blocks.
      spares: this.#spares.filter(({ checks }) =>
        checks.every((check) => this.#checked.has(check)),
      ),
      blockMs: this.#blockMs,
      rounds: this.#rounds,
      expectedMs: this.#expectedMs,
    };
  }
}

/** Gates and twins are chosen before anything is measured, since they decide; a peer's program must be compiled before. */
function mayComeLater({ gate, twin, role }: Cell): boolean {
  return !gate && twin === 0 && role !== "peer";
}

/** The first adapters, of which a short run draws sections. */
function drawnAdapters(
  byAdapter: readonly (readonly Candidate[])[],
  { drawings }: Preset,
): ReadonlySet<string> {
  const names = new Set(
    byAdapter
      .flatMap((list) => list.map(({ cell }) => cell))
      .flatMap((cell) => (isDrawn(cell) ? [cell.adapter] : [])),
  );
  return new Set([...names].slice(0, drawings));
}

function isDrawn({ scenario }: Cell): boolean {
  return scenario !== STEADY && scenarioOf(scenario).load.drawn;
}

/**
 * The order in which blocks are measured: every round holds each cell once, in an order of its own; those of
 * fewer blocks than there are rounds are in the first and in others all over the run, since a machine drifts. The
 * broken control comes before the first: it is no measurement, and a run that is cut short needs it too.
 *
 * @param seed - of the orders; without one they are the plan's, the most telling cell first: for a run
 * that concludes nothing, and may be cut short
 */
export function blockOrder(
  cells: readonly Cell[],
  rounds: Rounds,
  seed: number | undefined,
): Cell[][] {
  const random = seed === undefined ? undefined : randomNumbers(seed);
  const measured = cells.filter((cell) => cell.lock !== BROKEN_KIND);
  const orders = Array.from({ length: rounds.blocks }, (_, round) => {
    const inRound = measured.filter((cell) => isDue(round, blocksOf(cell, rounds), rounds.blocks));
    return random === undefined ? inRound : shuffled(inRound, random);
  });
  return [cells.filter((cell) => cell.lock === BROKEN_KIND), ...orders];
}

/** True in so many of all rounds, at even distances from the first on. */
function isDue(round: number, blocks: number, rounds: number): boolean {
  const before = (some: number): number => Math.ceil((some * blocks) / rounds);
  return before(round + 1) > before(round);
}

/** How many windows a block of a cell has: one of the broken control, whose check window is what it is for. */
export function windowsOf({ lock }: Pick<Cell, "lock">, windows: number): number {
  return lock === BROKEN_KIND ? 1 : windows;
}

/** How many blocks a cell gets: the broken control is no measurement, and is caught once; a scenario describes. */
function blocksOf(
  { lock, scenario, role, contenders, gate }: Cell,
  { blocks, otherBlocks, curve }: Rounds,
): number {
  if (lock === BROKEN_KIND) return 1;
  if (gate) return blocks;
  if (scenario !== STEADY) return Math.min(otherBlocks, scenarioOf(scenario).blocks);
  const isForCurve = role === "lock" && curve.contenders.includes(contenders);
  return isForCurve ? Math.min(otherBlocks, curve.blocks) : otherBlocks;
}

/**
 * Cells to be measured twice. First the gates, since it is for them that the noise decides: one of each
 * adapter, contended and alone by turns. Then cells of other classes: a control, a sale, a peer, ...
 */
function twinsOf(cells: readonly Cell[], count: number): Cell[] {
  const gates = Map.groupBy(
    cells.filter((cell) => cell.gate),
    (cell) => cell.adapter,
  );
  const chosen = [...gates.values()].map(
    (list, i) => list.find((cell) => cell.contenders > 1 === (i % 2 === 0)) ?? list[0]!,
  );
  const classOf = ({ role, mode, contenders }: Cell): string =>
    `${role} ${mode === "counter" ? "" : mode} ${contenders > 1 ? "contended" : "alone"}`;
  const classes = new Map(chosen.map((cell) => [classOf(cell), cell]));
  for (const cell of cells) {
    const isTold = cell.lock !== BROKEN_KIND && cell.scenario === STEADY;
    if (!isTold || classes.has(classOf(cell))) continue;
    classes.set(classOf(cell), cell);
    chosen.push(cell);
  }
  return chosen.slice(0, count);
}

/** Gathering, lead, tail, and looking at the machine before and after. */
const WINDOW_OVERHEAD_MS = 10;
const SHORT_WINDOW_MS = 50;

/** About how long a block takes: what it does beside, warm-up, and its windows. */
export function blockMs(cell: Cell, preset: Preset, besideMs: number): number {
  const warmUpMs = expectedWarmUpMs(cell, preset);
  if (cell.scenario === STEADY) {
    const windows = windowsOf(cell, preset.windows) + (cell.role === "peer" ? 0 : 1);
    return besideMs + warmUpMs + windows * (preset.windowMs + WINDOW_OVERHEAD_MS);
  }
  const { windows, leastWindowMs, load } = scenarioOf(cell.scenario);
  const windowMs = Math.max(preset.windowMs, leastWindowMs) + WINDOW_OVERHEAD_MS;
  const count = Math.min(preset.windows, windows);
  // Where each window ends a contender, each has a session of its own.
  if (load.dies)
    return count * (besideMs + warmUpMs + SHORT_WINDOW_MS + WINDOW_OVERHEAD_MS + windowMs);
  // Short ones before: one of the load itself, and where operations come at times of their own four more.
  const shortMs = (load.arrivals.kind === "open" ? 5 : 1) * (SHORT_WINDOW_MS + WINDOW_OVERHEAD_MS);
  return besideMs + warmUpMs + shortMs + count * windowMs;
}

/** Half of the most, alone and together: some settle soon, some never. */
function expectedWarmUpMs({ contenders, lock }: Cell, { windowMs }: Preset): number {
  const isAlone = contenders === 1 || lock === ORACLE;
  if (isAlone) return warmUpAlone(windowMs).mostMs / 2;
  const { lengthMs, mostMs } = warmUpTogether(windowMs);
  return (mostMs / 2) * (1 + WINDOW_OVERHEAD_MS / lengthMs);
}

function byPriority(a: Candidate, b: Candidate): number {
  return a.priority - b.priority;
}
