import { BROKEN_KIND } from "@ticketlock/core";
import type { Candidate } from "./candidates.ts";
import { type Cell, ORACLE, STEADY } from "./cell.ts";
import type { Preset } from "./presets.ts";
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
  readonly expectedMs: number;
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

/**
 * Takes candidates, the most telling first and adapters in turn, as long as the budget lasts. Some
 * cells, of different classes, are then measured twice: twins.
 */
export function makePlan(
  byAdapter: readonly (readonly Candidate[])[],
  preset: Preset,
  costs: FixedCosts,
): Plan {
  const ordered = byAdapter
    .flatMap((list) =>
      [...list].sort(byPriority).map((candidate, rank) => ({ ...candidate, rank })),
    )
    .sort((a, b) => byPriority(a, b) || a.rank - b.rank);
  const budgetMs = preset.budgetMs * preset.plannedShare;
  const twins = new Set(
    twinsOf(
      ordered.map(({ cell }) => cell),
      preset.twins,
    ),
  );
  const cells: Cell[] = [];
  const leftOut: Cell[] = [];
  const spares: (Spare & { readonly checks: readonly string[] })[] = [];
  const msOf = new Map<Cell, number>();
  const checked = new Set<string>();
  let expectedMs = costs.startMs;
  const drawn = drawnAdapters(byAdapter, preset);
  for (const { cell, besideMs } of ordered) {
    if (isDrawn(cell) && !drawn.has(cell.adapter)) {
      leftOut.push(cell);
      continue;
    }
    const checks = costs.conformanceOf(cell);
    for (const each of twins.has(cell) ? [cell, { ...cell, twin: 1 }] : [cell]) {
      if (each.twin > 0 && cells.at(-1) !== cell) continue; // its first is left out, nothing to compare
      const unchecked = checks.filter((check) => !checked.has(check));
      const ms = blockMs(each, preset, besideMs);
      const blocksMs = blocksOf(each, preset) * ms;
      const costMs = blocksMs + unchecked.length * costs.conformanceMs;
      if (expectedMs + costMs > budgetMs) {
        leftOut.push(each);
        if (mayComeLater(each)) spares.push({ cell: each, expectedMs: blocksMs, checks });
      } else {
        cells.push(each);
        msOf.set(each, ms);
        expectedMs += costMs;
        for (const check of unchecked) checked.add(check);
      }
    }
  }
  // What has not passed the suite by then will not be measured: it would run between two blocks.
  const checkedSpares = spares.filter(({ checks }) => checks.every((check) => checked.has(check)));
  return { cells, leftOut, spares: checkedSpares, blockMs: msOf, expectedMs };
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
 * The order in which blocks are measured: every round holds each cell once, in an order of its own. The
 * broken control comes before the first: it is no measurement, and a run that is cut short needs it too.
 *
 * @param seed - of the orders; without one they are the plan's, the most telling cell first: for a run
 * that concludes nothing, and may be cut short
 */
export function blockOrder(
  cells: readonly Cell[],
  preset: Pick<Preset, "blocks" | "curve">,
  seed: number | undefined,
): Cell[][] {
  const random = seed === undefined ? undefined : randomNumbers(seed);
  const measured = cells.filter((cell) => cell.lock !== BROKEN_KIND);
  const rounds = Array.from({ length: preset.blocks }, (_, round) => {
    const inRound = measured.filter((cell) => round < blocksOf(cell, preset));
    return random === undefined ? inRound : shuffled(inRound, random);
  });
  return [cells.filter((cell) => cell.lock === BROKEN_KIND), ...rounds];
}

/** How many windows a block of a cell has: one of the broken control, whose check window is what it is for. */
export function windowsOf({ lock }: Pick<Cell, "lock">, windows: number): number {
  return lock === BROKEN_KIND ? 1 : windows;
}

/** How many blocks a cell gets: the broken control is no measurement, and is caught once; a scenario describes. */
function blocksOf(
  { lock, scenario, role, contenders }: Cell,
  { blocks, curve }: Pick<Preset, "blocks" | "curve">,
): number {
  if (lock === BROKEN_KIND) return 1;
  if (scenario !== STEADY) return Math.min(blocks, scenarioOf(scenario).blocks);
  const isForCurve = role === "lock" && curve.contenders.includes(contenders);
  return isForCurve ? Math.min(blocks, curve.blocks) : blocks;
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
