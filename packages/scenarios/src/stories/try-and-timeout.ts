import type { Stage } from "../stage.ts";
import type { Findings } from "../verdict.ts";
import {
  PARTS,
  WAITING,
  type WaitInEveryWayInput,
  type WaitInEveryWayReport,
} from "../workloads/wait-in-every-way.ts";

const TIMEOUT_MS = 50;
/** A timer may fire so much early. */
const TIMER_SLACK_MS = 1;

const MUST_END: Readonly<Record<(typeof PARTS)[number], string>> = {
  holder: "released",
  tries: "undefined",
  "waits at most": "LOCK_TIMEOUT",
  "waits until aborted": "reason",
  "waits for ever": "granted",
};

/** A holder keeps the lock as if it had forgotten it; every way of waiting for it ends as it must. */
export async function tryAndTimeout(stage: Stage): Promise<Findings> {
  const { casting, expectations, thinkMs } = stage;
  const lock = casting.lock(stage.options.lock);
  return stage.withSession({ lock: { kind: lock } }, async (session) => {
    const input: WaitInEveryWayInput = { thinkMs, timeoutMs: TIMEOUT_MS };
    const part = await stage.play<WaitInEveryWayReport>(session, "wait-in-every-way", input, {
      title: "a lock that is not released",
    });
    stage.expectAllDone(part.outcomes);
    const byPart = new Map(part.reports.map((report) => [report.part, report]));
    for (const name of PARTS)
      expectations.equal(`the end of "${name}"`, byPart.get(name)?.ended, MUST_END[name]);
    const waited = byPart.get("waits at most")?.tookMs ?? 0;
    expectations.that(
      waited >= TIMEOUT_MS - TIMER_SLACK_MS,
      `the time-out of ${TIMEOUT_MS} ms came after ${waited.toFixed(1)} ms`,
    );
    const [granted, released] = [byPart.get("waits for ever"), byPart.get("holder")];
    if (granted !== undefined && released !== undefined) {
      expectations.that(
        BigInt(granted.attemptEndedNs) >= BigInt(released.attemptEndedNs),
        "the lock was granted before it was released",
      );
    }
    const state = released?.state;
    expectations.equal("query: held", state?.held, true);
    expectations.equal("query: holder", state?.holder?.id, session.ids[0]);
    expectations.equal("query: waiters", state?.waiters, WAITING);
    expectations.equal("overlaps", part.overlaps, 0);
    const { wallMs, cpuMs, waiterCpuMs, overlaps } = part;
    const ends = part.reports.map(({ part, ended, tookMs }) => ({ part, ended, tookMs }));
    return {
      lock, wallMs, cpuMs, waiterCpuMs, overlaps,
      remarks: ends.map(({ part, ended, tookMs }) => `${part.padEnd(20)} ${ended} after ${tookMs.toFixed(1)} ms`),
      details: { ends, query: state, holderId: session.ids[0], thinkMs },
    }; // prettier-ignore
  });
}
