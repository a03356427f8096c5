import { randomUUID } from "node:crypto";
import type { LockGuarantees } from "@ticketlock/core";
import type { Part, Stage } from "../stage.ts";
import type { Findings } from "../verdict.ts";
import {
  READY_TOPIC,
  type SurviveCrashInput,
  type SurviveCrashReport,
  VICTIM,
} from "../workloads/survive-crash.ts";

/** Long enough for the waiters' processor time to be told from nothing. */
const HOLD_MS = 1_000;
/** After this a waiter gives up: the lock was not handed on. */
const LIMIT_MS = 10_000;
/** Where nothing is promised, so long is enough to see that nothing happens. */
const HOPELESS_LIMIT_MS = 1_000;
/** Share of its wait that a waiter may keep a processor busy: more would be polling. */
const MAX_CPU_SHARE = 0.05;
const SHOW_STORE = "json";

interface Crash {
  readonly part: Part<SurviveCrashReport>;
  readonly killedNs: bigint;
  readonly capacity: number;
  readonly remaining: number;
}

/** A holder is killed in its critical section. */
export async function crash(stage: Stage): Promise<Findings> {
  const { casting, options } = stage;
  const lock = casting.lock(options.lock);
  const guarantees = casting.locks.get(lock)!;
  const store = casting.store(options.store, {}, SHOW_STORE);
  const crashed = await killHolder(stage, lock, store, guarantees);
  const { part, capacity, remaining } = crashed;
  const sold = part.reports.filter((report) => report.sold).length;
  const recoveryMs = recovery(crashed);
  const share = cpuShare(part);
  expectSurvival(stage, crashed, guarantees, { sold, share });
  const { wallMs, cpuMs, waiterCpuMs, overlaps } = part;
  return {
    lock, store, sold, capacity, remaining, overlaps, wallMs, cpuMs, waiterCpuMs,
    remarks: remarks(guarantees, crashed, recoveryMs, share),
    details: {
      ownerDeath: guarantees.ownerDeath, recoveryMs, capacity, remaining,
      waiterCpuShare: share,
      waits: part.reports.map(({ ended, abandoned, waitMs, token }) => ({ ended, abandoned, waitMs, token })),
    },
  }; // prettier-ignore
}

async function killHolder(
  stage: Stage,
  lock: string,
  store: string,
  { ownerDeath }: LockGuarantees,
): Promise<Crash> {
  const { options, thinkMs } = stage;
  const path = options.storePath === undefined ? {} : { path: options.storePath };
  const sessionOptions = {
    lock: { kind: lock },
    store: { kind: store, options: { capacity: options.capacity ?? 1, ...path } },
  };
  return stage.withSession(sessionOptions, async (session) => {
    const before = await session.store!.read();
    let killedNs = 0n;
    let killing: Promise<void> | undefined;
    const limitMs = ownerDeath === "none" ? HOPELESS_LIMIT_MS : LIMIT_MS;
    const input: SurviveCrashInput = {
      thinkMs,
      holdMs: HOLD_MS,
      limitMs,
      run: randomUUID().slice(0, 8),
    };
    const part = await stage.play<SurviveCrashReport>(session, "survive-crash", input, {
      title: `${stage.nameOf(VICTIM)} is killed in its critical section`,
      onSend: (topic, _, index) => {
        if (topic !== READY_TOPIC || index !== VICTIM || killing !== undefined) return;
        killedNs = stage.nowNs();
        stage.say(`kills ${stage.nameOf(VICTIM)}`);
        killing = session.crash(VICTIM);
      },
    });
    await killing;
    const after = await session.store!.read();
    return { part, killedNs, capacity: before.remaining, remaining: after.remaining };
  });
}

function expectSurvival(
  stage: Stage,
  { part, killedNs, capacity, remaining }: Crash,
  { ownerDeath, exclusive }: LockGuarantees,
  { sold, share }: { sold: number; share: number | null },
): void {
  const { expectations, contenders } = stage;
  const [victim, ...survivors] = part.outcomes;
  expectations.equal(`the end of ${stage.nameOf(VICTIM)}`, victim?.status, "crashed");
  stage.expectAllDone([{ status: "done", value: null }, ...survivors]);
  if (!exclusive)
    expectations.that(false, "the lock does not exclude: nothing holds after a crash");
  // Whatever the lock does about a death, no ticket may be sold twice.
  expectations.equal("lostUpdates", sold - (capacity - remaining), 0);
  expectations.that(sold <= capacity, `${sold} sold of ${capacity}`);
  expectations.equal("overlaps", part.overlaps, 0);
  const granted = part.reports.filter((report) => report.ended === "granted");
  expectations.that(
    granted.every((report) => BigInt(report.endedWaitNs) >= killedNs),
    "a waiter had the lock while its holder lived",
  );
  if (ownerDeath !== "immediate" && ownerDeath !== "lease") {
    expectations.equal("waiters granted though the holder is dead", granted.length, 0);
    return;
  }
  expectations.equal("waiters granted", granted.length, contenders - 1);
  expectations.equal("sold", sold, Math.min(contenders - 1, capacity));
  // The first to come says that the data is whole, so it is the only one to be told.
  const byTime = [...granted].sort((a, b) => a.token - b.token);
  expectations.equal(
    "told that a holder died",
    byTime.map((report) => report.abandoned),
    byTime.map((_, place) => place === 0),
  );
  if (share !== null)
    expectations.that(
      share < MAX_CPU_SHARE,
      `waiters kept a processor busy for ${(100 * share).toFixed(1)} % of their wait`,
    );
}

/** From the kill to the next holder's section. */
function recovery({ part, killedNs }: Crash): number | null {
  const granted = part.reports
    .filter((report) => report.ended === "granted")
    .map((report) => Number(BigInt(report.endedWaitNs) - killedNs) / 1e6);
  return granted.length === 0 ? null : Math.min(...granted);
}

function cpuShare({ reports, waiterCpuMs }: Part<SurviveCrashReport>): number | null {
  const waitMs = reports.reduce((total, report) => total + report.waitMs, 0);
  return waiterCpuMs === null || waitMs === 0 ? null : waiterCpuMs / waitMs;
}

function remarks(
  { ownerDeath }: LockGuarantees,
  { part }: Crash,
  recoveryMs: number | null,
  share: number | null,
): string[] {
  const said: Record<LockGuarantees["ownerDeath"], string> = {
    immediate: "the lock is handed on as soon as its holder's death is noticed",
    lease: "the lock is handed on when the dead holder's lease has run out",
    lost: "the lock stays lost until somebody resets it: its waiters are told so",
    none: "the lock does nothing about a dead holder: its waiters give up",
  };
  const lines = [said[ownerDeath]];
  if (recoveryMs !== null)
    lines.push(`the next waiter had the lock ${recoveryMs.toFixed(1)} ms after the kill`);
  else
    lines.push(
      `the waits ended with ${[...new Set(part.reports.map((report) => report.ended))].join(", ")}`,
    );
  if (share !== null)
    lines.push(`waiters kept a processor busy for ${(100 * share).toFixed(1)} % of their wait`);
  return lines;
}
