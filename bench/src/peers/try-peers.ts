import { runJob } from "@ticketlock/harness";
import type { Cast } from "../run/prepare.ts";
import type { PeerRow } from "../report/report.ts";
import type { PeerOutcome } from "./conformance.ts";
import { type Peer, peers } from "./peer-cells.ts";
import type { PeerPrograms } from "./peer-programs.ts";
import { tryFate } from "./run-peer.ts";

const CONFORMANCE_JOB = new URL("../jobs/peer-conformance.ts", import.meta.url);
const CONFORMANCE_LIMIT_MS = 180_000;
const quiet = (): void => {};

/** About how long `tryPeers` takes, in milliseconds: most of it waits for what never comes. */
export const TRIALS_MS = 40_000;

/** Whom peers are tried with. */
export interface PeerTools {
  /** The adapter that lends its contenders to peers of a runtime, if there is one. */
  readonly hostOf: (runtime: Peer["runtime"]) => Cast | undefined;
  readonly programs: PeerPrograms;
  readonly signal: AbortSignal;
}

/** Tries each peer, as far as it can be tried, and tells where it fails. One that cannot run has no numbers, and says why. */
export async function tryPeers(
  tools: PeerTools,
  onRow: (row: PeerRow) => void = () => {},
): Promise<PeerRow[]> {
  const rows: PeerRow[] = [];
  for (const peer of peers) {
    const row = await tryOne(peer, tools);
    onRow(row);
    rows.push(row);
  }
  return rows;
}

async function tryOne(peer: Peer, tools: PeerTools): Promise<PeerRow> {
  const { lock, runtime, lacks } = peer;
  try {
    const outcome = await outcomeOf(peer, tools);
    if (outcome === undefined) return untried(peer);
    const { passed, failures } = outcome;
    return { lock, runtime, passed, failed: failures.length, failures, lacks };
  } catch (error) {
    tools.signal.throwIfAborted();
    const [why = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { ...untried(peer), lacks: `not tried: ${why}` };
  }
}

function untried({ lock, runtime, lacks }: Peer): PeerRow {
  return { lock, runtime, passed: null, failed: null, failures: [], lacks };
}

async function outcomeOf(
  { trial, kind, program, runtime }: Peer,
  { hostOf, programs, signal }: PeerTools,
): Promise<PeerOutcome | undefined> {
  const host = hostOf(runtime);
  if (trial.by === "none" || (trial.by === "suite" && host === undefined)) return undefined;
  if (trial.by === "suite") {
    const options = { signal, limitMs: CONFORMANCE_LIMIT_MS, stderr: quiet };
    return (await runJob(host!.entries, CONFORMANCE_JOB, { kind }, options)) as PeerOutcome;
  }
  if (program === "bench") return undefined;
  const command = await programs.command(program);
  if ("missing" in command) throw new Error(command.missing);
  const fates = await tryFate(command, trial.argument, signal);
  return {
    passed: fates.filter((fate) => fate.passed).length,
    failures: fates.filter((fate) => !fate.passed).map((fate) => `${fate.case}: ${fate.why}`),
  };
}
