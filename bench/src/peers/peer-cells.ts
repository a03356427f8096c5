import type { Candidate, Selection } from "../plan/candidates.ts";
import type { Preset } from "../plan/presets.ts";

/** Somebody else's lock, measured by a program of its own on the same work. */
export interface Peer {
  readonly lock: string;
  readonly runtime: "c" | "python" | "node";
  /** First argument of its program. */
  readonly kind: string;
  /** Contenders: threads, processes, or tasks of one thread. */
  readonly unit: "threads" | "processes" | "tasks";
}

/** The peers, in the order of the report's table. */
export const peers: readonly Peer[] = [
  { lock: "pthread mutex", runtime: "c", kind: "", unit: "threads" },
  { lock: "multiprocessing.Lock", runtime: "python", kind: "multiprocessing", unit: "processes" },
  { lock: "threading.Lock", runtime: "python", kind: "threading", unit: "threads" },
  { lock: "async-mutex", runtime: "node", kind: "async-mutex", unit: "tasks" },
  { lock: "navigator.locks", runtime: "node", kind: "navigator.locks", unit: "tasks" },
];

export const PEER_ADAPTER = "peer";

/** Beyond the priority of any other cell. */
const AFTER_ALL_ELSE = 100;

/**
 * Cells of the peers. Contended ones where their contenders really run at once. Where something was
 * selected, that comes first, and peers have what time is left.
 */
export function peerCandidates(preset: Preset, selection: Selection = {}): Candidate[] {
  const contenders = selection.contenders ?? preset.contenders;
  const selected = Object.values(selection).some((chosen) => chosen !== undefined);
  return peers.flatMap(({ lock, runtime, unit }, rank) =>
    contenders
      .filter((count) => count === 1 || unit !== "tasks")
      .map((count) => ({
        cell: {
          runtime,
          adapter: PEER_ADAPTER,
          lock,
          store: "memory",
          mode: "counter" as const,
          contenders: count,
          section: 0,
          role: "peer" as const,
          twin: 0,
        },
        priority:
          (selected ? AFTER_ALL_ELSE : 0) +
          (count === 1 ? 3 : rank === 0 ? 5 : 8) -
          (rank === 0 ? 1 : 0),
      })),
  );
}
