import { candidates, type Selection } from "../src/plan/candidates.ts";
import type { CatalogueEntry } from "../src/plan/catalogue.ts";
import type { Cell } from "../src/plan/cell.ts";
import { makePlan, type Plan } from "../src/plan/plan.ts";
import type { Preset } from "../src/plan/presets.ts";
import { peerCandidates } from "../src/peers/peer-cells.ts";

/** What a run takes besides its blocks. */
export const COSTS = {
  startMs: 1_500,
  conformanceMs: 1_500,
  conformanceOf: ({ role, adapter, lock }: Cell): string[] =>
    role === "lock" ? [`${adapter} ${lock}`] : [],
};

/** What an adapter of threads or processes declares that has a bit of everything. */
export function entry(adapter: string, unit: "thread" | "process" = "thread"): CatalogueEntry {
  const scope = unit === "thread" ? "threads" : "processes";
  const lock = {
    scope,
    exclusive: true,
    fifo: false,
    blocking: true,
    tokens: "memory",
    ownerDeath: "immediate",
  } as const;
  const control = { ...lock, exclusive: false, tokens: "none", ownerDeath: "none" } as const;
  const naive = {
    scope: "runtimes",
    atomic: false,
    versioned: false,
    fenced: false,
    idempotent: false,
    journal: false,
    durability: "none",
  } as const;
  const full = {
    scope,
    atomic: true,
    versioned: true,
    fenced: true,
    idempotent: true,
    journal: true,
    durability: "none",
  } as const;
  return {
    adapter,
    runtime: "node",
    unit,
    launchers: 1,
    scope,
    words: unit === "thread" ? "memory" : "mapped",
    versions: { node: "26" },
    locks: [
      { kind: "first", guarantees: lock },
      { kind: "second", guarantees: { ...lock, fifo: true } },
      { kind: "near", guarantees: { ...lock, scope: "threads" } },
      { kind: "none", guarantees: control },
      { kind: "broken", guarantees: control },
    ],
    stores: [
      { kind: "full", guarantees: full },
      { kind: "naive", guarantees: naive },
    ],
  };
}

/** The plan for so many adapters, of threads and of processes by turns, and the peers. */
export function planFor(preset: Preset, adapters: number, selection: Selection = {}): Plan {
  const entries = Array.from({ length: adapters }, (_, i) =>
    entry(`a${i}`, i % 2 === 0 ? "thread" : "process"),
  );
  return makePlan(
    [...entries.map((each) => candidates(each, preset, selection)), peerCandidates(preset)],
    preset,
    COSTS,
  );
}
