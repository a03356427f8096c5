import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IpcMutex } from "../src/ipc-mutex.ts";
import {
  CALLED_OFF,
  ScheduledCluster,
  type SimulatedProcess,
} from "./support/scheduled-cluster.ts";
import type { LineDefects } from "./support/scheduled-line.ts";

/** What a program does next. */
type Step =
  | {
      readonly do: "section";
      readonly how: "acquire" | "tryAcquire" | "abort";
      /** Moments inside. */
      readonly moments: number;
      readonly markConsistent: boolean;
      readonly end: "release" | "release twice" | "die";
    }
  | { readonly do: "query" | "close" | "die" };

/** Programs of each process, which share its mutex. */
type Plan = {
  readonly processes: readonly (readonly (readonly Step[])[])[];
  readonly brokerEnds: boolean;
};

const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({ weight, arbitrary }); // prettier-ignore

const section: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("section" as const),
  how: fc.constantFrom("acquire" as const, "acquire" as const, "tryAcquire" as const, "abort" as const), // prettier-ignore
  moments: fc.nat(2),
  markConsistent: fc.boolean(),
  end: fc.oneof(
    often(8, fc.constant("release" as const)),
    often(1, fc.constant("release twice" as const)),
    often(1, fc.constant("die" as const)),
  ),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  often(12, section),
  often(2, fc.record({ do: fc.constant("query" as const) })),
  often(1, fc.record({ do: fc.constantFrom("close" as const, "die" as const) })),
);
const program = fc.array(step, { minLength: 1, maxLength: 4 });
const plan: fc.Arbitrary<Plan> = fc.record({
  processes: fc.array(fc.array(program, { minLength: 1, maxLength: 2 }), {
    minLength: 2,
    maxLength: 3,
  }),
  brokerEnds: fc.oneof(often(5, fc.constant(false)), often(1, fc.constant(true))),
});

/** Plays a plan in the scheduler's order; what went wrong, in words. */
async function play(
  scheduler: fc.Scheduler,
  { processes, brokerEnds }: Plan,
  defects?: LineDefects,
): Promise<readonly string[]> {
  const cluster = new ScheduledCluster(scheduler, defects);
  for (const programs of processes) void live(cluster, cluster.fork(), programs);
  if (brokerEnds) void cluster.later("the broker ends").then(() => cluster.endBroker());
  await scheduler.waitIdle();
  await cluster.checkRest();
  return cluster.faults;
}

async function live(
  cluster: ScheduledCluster,
  process: SimulatedProcess,
  programs: readonly (readonly Step[])[],
): Promise<void> {
  const mutex = await process.call(process.open());
  if (mutex === undefined) return;
  await Promise.all(
    programs.map(async (steps) => {
      for (const one of steps) {
        await cluster.later(one.do);
        if (!process.alive) return;
        if (one.do === "section") await enter(cluster, process, mutex, one);
        else if (one.do === "query") await process.call(mutex.query());
        else if (one.do === "die") process.die();
        else {
          process.closed = true;
          mutex.close();
        }
      }
    }),
  );
}

async function enter(
  cluster: ScheduledCluster,
  process: SimulatedProcess,
  mutex: IpcMutex,
  { how, moments, markConsistent, end }: Extract<Step, { do: "section" }>,
): Promise<void> {
  const controller = new AbortController();
  if (how === "abort") void cluster.later("abort").then(() => controller.abort(CALLED_OFF));
  const guard = await process.call(
    how === "tryAcquire" ? mutex.tryAcquire() : mutex.acquire({ signal: controller.signal }),
  );
  if (guard === undefined || !process.alive) return;
  cluster.entered(process, guard);
  for (let i = 0; i < moments; i++) await cluster.later("inside");
  if (!process.alive) return;
  if (end === "die") return process.die();
  await process.call(
    (async () => {
      if (markConsistent) {
        guard.markConsistent();
        cluster.isConsistent();
      }
      cluster.left(process);
      guard.release();
      if (end === "release twice") guard.release();
    })(),
  );
}

const property = (defects?: LineDefects): fc.IAsyncProperty<[fc.Scheduler, Plan]> =>
  fc.asyncProperty(fc.scheduler(), plan, async (scheduler, planned) => {
    expect(await play(scheduler, planned, defects)).toEqual([]);
  });

const RUNS = 3_000;
const limitMs = 120_000;

describe("ipc over lines on which anything may come at any time", () => {
  test(
    "lets one in at a time, in order, tells of deaths, answers every call, and is free at the end",
    { timeout: limitMs },
    () => fc.assert(property(), { numRuns: RUNS }),
  );

  const defects: Readonly<Record<string, LineDefects>> = {
    "a message that overtakes another": { reorders: true },
    "releases that are lost": { losesReleases: true },
    "grants that nobody takes and nobody hands back": { losesHandBacks: true },
    "a grant to one who was told that the lock is busy": { grantsToBusy: true },
    "deaths that nobody is told of": { hidesDeaths: true },
    "processes whose end the broker does not hear of": { hidesEnds: true },
    "a broker whose end nobody hears of": { hidesBrokersEnd: true },
  };
  test.for(Object.entries(defects))("finds %s", { timeout: limitMs }, async ([, defect]) => {
    const details = await fc.check(property(defect), { numRuns: RUNS, endOnFailure: true });
    expect(details.failed).toBe(true);
  });
});
