import { type Candidate, peerStartMs, type Selection, startMs } from "../plan/candidates.ts";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import { type Cell, STEADY } from "../plan/cell.ts";
import type { Preset } from "../plan/presets.ts";
import {
  LIMIT_PRIORITY,
  PEER_CONTENDED_PRIORITY,
  PEER_FURTHER_PRIORITY,
  PEER_PRIORITY,
  PEERS_LATER,
} from "../plan/priorities.ts";
import type { PeerProgram } from "./peer-programs.ts";

/** How it is found out what a peer does that a lock must not. */
export type PeerTrial =
  /** The quick part of the conformance suite, over the peer as a lock of ours. */
  | { readonly by: "suite" }
  /** Its program, called with this argument alone, kills a holder and prints a line for each promise. */
  | { readonly by: "program"; readonly argument: string }
  | { readonly by: "none" };

/** Somebody else's lock on the same work. */
export interface Peer {
  readonly lock: string;
  readonly runtime: "c" | "python" | "node" | "deno";
  /** What measures it: a program of its own, or the bench itself, with contenders of an adapter. */
  readonly program: PeerProgram | "bench";
  /** First argument of its program, or the kind by which the bench knows it. */
  readonly kind: string;
  /** Contenders: threads, processes, or tasks of one thread. */
  readonly unit: "threads" | "processes" | "tasks";
  readonly trial: PeerTrial;
  /** What the suite asks of a lock and this one has no notion of, so that nothing can be tried. */
  readonly lacks: string;
}

const NO_TOKENS = "fencing tokens, who holds and who waits";
/** A thread that is killed takes its process with it. */
const NO_DEATH = "death of a holder (threads and tasks die with their process)";
const ALONE = "fencing tokens; other threads, which the suite does not start for it";

/** The peers, in the order of the report's table. */
export const peers: readonly Peer[] = [
  {
    lock: "pthread mutex",
    runtime: "c",
    program: "c",
    kind: "private",
    unit: "threads",
    trial: { by: "none" },
    lacks: `${NO_TOKENS}, waits that are given up; ${NO_DEATH}`,
  },
  {
    lock: "pthread robust",
    runtime: "c",
    program: "c",
    kind: "robust",
    unit: "processes",
    trial: { by: "program", argument: "robust-fate" },
    lacks: `${NO_TOKENS}, waits that are called off`,
  },
  {
    lock: "multiprocessing.Lock",
    runtime: "python",
    program: "python",
    kind: "multiprocessing",
    unit: "processes",
    trial: { by: "program", argument: "multiprocessing-fate" },
    lacks: `${NO_TOKENS}, abandoned, waits that are called off`,
  },
  {
    lock: "multiprocessing.Queue",
    runtime: "python",
    program: "python",
    kind: "queue",
    unit: "processes",
    trial: { by: "program", argument: "queue-fate" },
    lacks: `${NO_TOKENS}, abandoned, waits that are called off`,
  },
  {
    lock: "threading.Lock",
    runtime: "python",
    program: "python",
    kind: "threading",
    unit: "threads",
    trial: { by: "none" },
    lacks: `${NO_TOKENS}, waits that are called off; ${NO_DEATH}`,
  },
  {
    lock: "proper-lockfile",
    runtime: "node",
    program: "bench",
    kind: "proper-lockfile",
    unit: "processes",
    trial: { by: "suite" },
    lacks: "fencing tokens",
  },
  {
    lock: "cluster round trip",
    runtime: "node",
    program: "cluster",
    kind: "cluster",
    unit: "processes",
    trial: { by: "none" },
    lacks: "any of it: it is a message there and back, no lock",
  },
  {
    lock: "async-mutex",
    runtime: "node",
    program: "tasks",
    kind: "async-mutex",
    unit: "tasks",
    trial: { by: "suite" },
    lacks: `fencing tokens; ${NO_DEATH}`,
  },
  {
    lock: "navigator.locks",
    runtime: "node",
    program: "tasks",
    kind: "navigator.locks",
    unit: "tasks",
    trial: { by: "suite" },
    lacks: ALONE,
  },
  {
    lock: "navigator.locks",
    runtime: "deno",
    program: "deno-tasks",
    kind: "navigator.locks",
    unit: "tasks",
    trial: { by: "suite" },
    lacks: ALONE,
  },
];

/** The peer that a cell measures. @throws {Error} if there is none */
export function peerOf({ lock, runtime }: Pick<Cell, "lock" | "runtime">): Peer {
  const peer = peers.find((each) => each.lock === lock && each.runtime === runtime);
  if (peer === undefined) throw new Error(`Cannot measure ${lock}: there is no such peer.`);
  return peer;
}

/** Stands for the adapter in the cells of all peers, which have none. */
export const PEER_ADAPTER = "peer";

/** Beyond the priority of any other cell. */
const AFTER_ALL_ELSE = 100;

/** The adapter whose contenders a peer borrows that has none of its own: the first that starts processes of its runtime. */
export function peerHost(
  catalogue: readonly CatalogueEntry[],
  runtime: Peer["runtime"] = "node",
): CatalogueEntry | undefined {
  return catalogue.find((entry) => entry.runtime === runtime && entry.unit === "process");
}

/**
 * Cells of the peers. Contended ones where their contenders really run at once. Where something was
 * selected, that comes first, and peers have what time is left.
 */
export function peerCandidates(
  preset: Preset,
  selection: Selection = {},
  host?: CatalogueEntry,
): Candidate[] {
  const contenders = selection.contenders ?? preset.contenders;
  const focus = contenders.find((count) => count >= 2);
  const later = preset.breadth === "all" ? 0 : PEERS_LATER;
  const selected = Object.values(selection).some((chosen) => chosen !== undefined);
  return peers
    .filter(({ program }) => program !== "bench" || host !== undefined)
    .flatMap((peer, rank) =>
      contenders
        .filter((count) => count === 1 || peer.unit !== "tasks")
        .map((count) => ({
          cell: {
            runtime: peer.runtime,
            adapter: PEER_ADAPTER,
            lock: peer.lock,
            store: peer.program === "bench" ? host!.words : "memory",
            mode: peer.program === "bench" ? ("counter-async" as const) : ("counter" as const),
            contenders: count,
            section: 0,
            role: "peer" as const,
            scenario: STEADY,
            gate: false,
            twin: 0,
          },
          priority: (selected ? AFTER_ALL_ELSE : 0) + priorityOf(rank, count, focus) + later,
          besideMs: peer.program === "bench" ? startMs("process", count) : peerStartMs(count),
        })),
    );
}

/** The physical limits first, then each peer alone and contended, then at other numbers of contenders. */
function priorityOf(rank: number, contenders: number, focus: number | undefined): number {
  if (contenders !== 1 && contenders !== focus) return PEER_FURTHER_PRIORITY;
  if (rank < LIMITS) return LIMIT_PRIORITY;
  return contenders === 1 ? PEER_PRIORITY : PEER_CONTENDED_PRIORITY;
}

/** How many of the peers, from the first on, are what nobody can be faster than: the C mutexes. */
const LIMITS = 2;
