import type { Part, Stage } from "../stage.ts";
import { type Locking, lockings } from "../scenario-options.ts";
import type { Findings } from "../verdict.ts";
import { CHUNKS, type CountUpInput, type CountUpReport } from "../workloads/count-up.ts";

/** A step of processes costs messages or files, of threads memory: both take seconds so. */
const STEPS = { thread: 10_000, process: 500 } as const;
/** Far more than is counted, so that the number in a file keeps its length: two writers cannot leave a mixture. */
const CAPACITY = 2_000_000_000;

interface Count {
  readonly locking: Locking;
  readonly part: Part<CountUpReport>;
  readonly final: number;
  readonly due: number;
  /** What each contender saw at its end, in order of time. */
  readonly ended: readonly number[];
  readonly longestHoldMs: number;
  /** Times that another contender took the lock than the time before. */
  readonly changes: number;
}

/** A shared counter, with no lock, a coarse one, a fine one, and a flag that is polled. */
export async function counter(stage: Stage): Promise<Findings> {
  const { options, casting } = stage;
  const lock = casting.lock(options.lock);
  // Memory where there is some: what is versioned is no naive file.
  const store = casting.store(
    options.store,
    options.store === undefined && hasVersioned(stage) ? { versioned: true } : {},
  );
  const counts: Count[] = [];
  for (const locking of options.locking === undefined ? lockings : [options.locking]) {
    counts.push(await count(stage, locking, lock, store));
  }
  for (const one of counts) expectCount(stage, one);
  const [fine, flag] = (["fine", "flag"] as const).map(
    (locking) => counts.find((one) => one.locking === locking)?.part.waiterCpuMs,
  );
  if (typeof fine === "number" && typeof flag === "number" && stage.thinkMs > 0) {
    stage.expectations.that(
      flag > fine,
      `polling burned ${flag.toFixed(1)} ms of processor time while waiting, being notified ${fine.toFixed(1)} ms`,
    );
  }
  // Where no lock is the story, lost updates are what is to be shown; they count against the others only.
  const locked = counts.filter((one) => one.locking !== "none");
  const judged = locked.length > 0 ? locked : counts;
  return {
    lock: locked.length > 0 ? lock : null,
    store,
    lostUpdates: judged.reduce((total, one) => total + one.due - one.final, 0),
    overlaps: judged.reduce((total, one) => total + one.part.overlaps, 0),
    tornReads: counts
      .flatMap((one) => one.part.reports)
      .reduce((total, one) => total + one.tornReads, 0),
    wallMs: counts.reduce((total, one) => total + one.part.wallMs, 0),
    cpuMs: total(counts, "cpuMs"),
    waiterCpuMs: total(counts, "waiterCpuMs"),
    remarks: [...stepsRemark(stage), ...counts.map(describe)],
    details: { steps: stepsOf(stage), thinkMs: stage.thinkMs, counts: counts.map(asDetail) },
  };
}

function stepsOf({ options, unit }: Stage): number {
  return options.steps ?? STEPS[unit];
}

/** Said where fewer steps are taken than the story is known for. */
function stepsRemark({ options, unit }: Stage): string[] {
  if (options.steps !== undefined || STEPS[unit] === STEPS.thread) return [];
  return [
    `each contender added 1 ${STEPS[unit]} times, not ${STEPS.thread}: contenders are processes here, whose steps take longer; --steps ${STEPS.thread} takes them all`,
  ];
}

function hasVersioned({ casting }: Stage): boolean {
  return [...casting.stores.values()].some((store) => store.versioned);
}

async function count(stage: Stage, locking: Locking, lock: string, store: string): Promise<Count> {
  const steps = stepsOf(stage);
  const due = steps * stage.contenders;
  const sessionOptions = {
    lock: { kind: lock },
    store: { kind: store, options: { capacity: CAPACITY, maxSales: 1 } },
  };
  return stage.withSession(sessionOptions, async (session) => {
    const input: CountUpInput = {
      locking,
      steps,
      thinkMs: stage.thinkMs,
      freeRunning: stage.freeRunning,
    };
    const part = await stage.play<CountUpReport>(session, "count-up", input, {
      title: `counter, locking ${locking}`,
    });
    const { capacity, remaining } = await session.store!.read();
    return { locking, part, due, final: capacity - remaining, ...measure(part) };
  });
}

function measure({
  reports,
}: Part<CountUpReport>): Pick<Count, "ended" | "longestHoldMs" | "changes"> {
  const byEnd = [...reports].sort((a, b) => (BigInt(a.countedNs) < BigInt(b.countedNs) ? -1 : 1));
  const stays = reports.flatMap((report, index) =>
    report.stays.map(([entered, left]) => ({
      index,
      entered: BigInt(entered),
      left: BigInt(left),
    })),
  );
  stays.sort((a, b) => (a.entered < b.entered ? -1 : 1));
  return {
    ended: byEnd.map((report) => report.ended),
    longestHoldMs: stays.reduce(
      (longest, { entered, left }) => Math.max(longest, Number(left - entered) / 1e6),
      0,
    ),
    changes: stays.filter((stay, place) => place > 0 && stays[place - 1]!.index !== stay.index)
      .length,
  };
}

function expectCount(stage: Stage, { locking, part, final, due, ended, changes }: Count): void {
  const { expectations, freeRunning, contenders } = stage;
  stage.expectAllDone(part.outcomes);
  if (locking === "none") {
    // Whatever each contender read, the others' updates of that step are lost.
    if (!freeRunning)
      expectations.that(
        final <= due - CHUNKS * (contenders - 1),
        `without a lock only ${due - final} updates were lost`,
      );
    return;
  }
  expectations.equal(`counter, locking ${locking}`, final, due);
  expectations.equal(`overlaps, locking ${locking}`, part.overlaps, 0);
  if (locking === "coarse") {
    expectations.equal(
      "counter at the ends",
      ended,
      Array.from({ length: contenders }, (_, i) => (i + 1) * stepsOf(stage)),
    );
  } else {
    expectations.equal(`counter at the last end, locking ${locking}`, ended.at(-1), due);
    if (!freeRunning)
      expectations.that(
        changes >= CHUNKS,
        `with locking ${locking} the work did not interleave: ${changes} changes of holder`,
      );
  }
}

function describe({ locking, part, final, due, ended, longestHoldMs, changes }: Count): string {
  const outcome =
    locking === "none"
      ? `${due - final} of ${due} updates lost`
      : `ended at ${ended.join(", then ")}`;
  const cpu = part.cpuMs === null ? "" : `, CPU ${part.cpuMs.toFixed(0)} ms`;
  const waiting =
    locking === "none"
      ? ""
      : `, longest hold ${longestHoldMs.toFixed(1)} ms, ${changes} changes of holder, waited ${waited(part).toFixed(0)} ms${part.waiterCpuMs === null ? "" : ` burning ${part.waiterCpuMs.toFixed(1)} ms of CPU`}`;
  return `${locking.padEnd(6)} ${outcome}: ${part.wallMs.toFixed(0)} ms${cpu}${waiting}`;
}

function asDetail({ locking, part, final, due, ended, longestHoldMs, changes }: Count): object {
  const { wallMs, cpuMs, waiterCpuMs, reports } = part;
  const cpuMsEach = reports.map((report) => report.cpuMs);
  return {
    locking,
    final,
    lostUpdates: due - final,
    ended,
    wallMs,
    longestHoldMs,
    changes,
    cpuMs,
    cpuMsEach,
    waitMs: waited(part),
    waiterCpuMs,
  };
}

function waited({ reports }: Part<CountUpReport>): number {
  return reports.reduce((total, report) => total + report.waitMs, 0);
}

function total(counts: readonly Count[], field: "cpuMs" | "waiterCpuMs"): number | null {
  return counts.reduce<number | null>(
    (sum, { part }) => (sum === null || part[field] === null ? null : sum + part[field]),
    0,
  );
}
