import { peerCandidates, peerHost } from "../peers/peer-cells.ts";
import { TRIALS_MS } from "../peers/try-peers.ts";
import { type Candidate, candidates, type Selection } from "../plan/candidates.ts";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import { makePlan, type Plan } from "../plan/plan.ts";
import type { Preset } from "../plan/presets.ts";
import {
  checksOf,
  CONFORMANCE_CONTENDER_MS,
  type MeasuredLock,
  measuredLocks,
} from "../run/measured-locks.ts";
import type { Cast } from "../run/prepare.ts";

/** What a run does before it measures, in milliseconds: compiling the peers, asking one adapter, which keeps all cores busy. */
const START_MS = 1_000;
const START_ADAPTER_MS = 250;

/** What a run was asked for. */
export interface Asked {
  readonly preset: Preset;
  readonly selection: Selection;
  readonly peersOnly: boolean;
}

/** A run as it is planned, before anything is measured. */
export interface PlannedRun {
  readonly plan: Plan;
  /** What could have been planned, of what was asked for. */
  readonly possible: readonly Candidate[];
  readonly locks: readonly MeasuredLock[];
  /** Whether it is tried where each peer fails. */
  readonly triesPeers: boolean;
}

/** Plans a run over adapters that have told what they have. */
export function planRun(
  catalogue: readonly CatalogueEntry[],
  casts: readonly Cast[],
  { preset, selection, peersOnly }: Asked,
): PlannedRun {
  const lists = peersOnly
    ? []
    : catalogue.map((entry) => candidates(entry, preset, selection, isFirst(entry, catalogue)));
  const triesPeers = peersOnly || preset.breadth === "all";
  const others = peerCandidates(preset, selection, peerHost(catalogue));
  const locks = measuredLocks(
    lists.flat().map(({ cell }) => cell),
    catalogue,
    casts,
  );
  const plan = makePlan([...lists, others], preset, {
    startMs: START_MS + START_ADAPTER_MS * casts.length + (triesPeers ? TRIALS_MS : 0),
    conformanceMs: CONFORMANCE_CONTENDER_MS * preset.conformanceContenders,
    conformanceOf: (cell) => checksOf(cell, locks),
  });
  return { plan, possible: peersOnly ? others : lists.flat(), locks, triesPeers };
}

/** Of those whose contenders are threads, or processes. */
function isFirst({ adapter, unit }: CatalogueEntry, catalogue: readonly CatalogueEntry[]): boolean {
  return catalogue.find((entry) => entry.unit === unit)?.adapter === adapter;
}
