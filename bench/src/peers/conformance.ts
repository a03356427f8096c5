import { listCases } from "@ticketlock/conformance";
import type { Adapter } from "@ticketlock/core";
import { keepCompiled } from "../run/keep-compiled.ts";
import { adapter as peerAdapter, countWaiters } from "./peer-adapter.ts";

/** How a peer did, as far as it could be tried. */
export interface PeerOutcome {
  readonly passed: number;
  /** `<case>: <what was broken>` of each that failed. */
  readonly failures: string[];
}

/** What has not happened by then counts as never happening: ten times what any lock here takes, and an eighth of what a peer's own rescue does. */
const LIMIT_MS = 1_500;
const CONTENDERS = 3;

/**
 * Runs the quick part of the conformance suite over a peer, with contenders of `host`: the cases that
 * each of our own locks passes before it is measured, as far as they apply to what a peer is.
 */
export async function tryPeer(kind: string, host: Adapter): Promise<PeerOutcome> {
  countWaiters();
  const prefix = `lock ${kind}: `;
  const cases = listCases(peerAdapter, {
    only: [prefix],
    alongside: [host],
    limitMs: LIMIT_MS,
    contenders: CONTENDERS,
  }).filter(({ quick }) => quick);
  const failures: string[] = [];
  const forget = keepCompiled();
  try {
    for (const { name, run } of cases) {
      const why = await run().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (why !== undefined) failures.push(`${name.slice(prefix.length)}: ${why.split("\n")[0]}`);
    }
  } finally {
    forget();
  }
  return { passed: cases.length - failures.length, failures };
}
