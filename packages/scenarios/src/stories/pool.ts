import { ownId } from "../own-id.ts";
import type { Stage } from "../stage.ts";
import type { Findings } from "../verdict.ts";
import {
  JOB_DONE_TOPIC,
  JOB_LINE,
  type JobDone,
  LINES,
  NEXT_JOB_TOPIC,
  type WorkInPoolInput,
} from "../workloads/work-in-pool.ts";
import type { WorkReport } from "../role.ts";

const JOBS_PER_WORKER = 3;
const TICK_MS = 1;

interface Callback {
  readonly job: number;
  readonly result: string;
  readonly jobId: string;
  readonly callbackId: string;
  readonly afterItsLines: boolean;
}

/** A pool of workers; callbacks run in the parent. */
export async function pool(stage: Stage): Promise<Findings> {
  const { casting, expectations, contenders, thinkMs } = stage;
  const jobs = contenders * JOBS_PER_WORKER;
  if (stage.options.lock !== undefined) casting.lock(stage.options.lock); // unused, but a mistake is told
  return stage.withSession({ lock: { count: 0 } }, async (session) => {
    const callbacks: Callback[] = [];
    const spans: (readonly [bigint, bigint])[] = [];
    const pulse = new Pulse(() => stage.nowNs());
    /** Lines that have come of the job in hand, by worker. */
    const lines = new Map<number, number>();
    let next = 0;
    const input: WorkInPoolInput = { thinkMs };
    const part = await stage.play<WorkReport>(session, "work-in-pool", input, {
      title: `${jobs} jobs for ${contenders} workers; the parent is ${ownId()}`,
      onRequest: (topic) => (topic === NEXT_JOB_TOPIC && next < jobs ? next++ : null),
      onTold: ({ state }, index) => {
        if (state === JOB_LINE) lines.set(index, (lines.get(index) ?? 0) + 1);
      },
      onSend: (topic, body, index) => {
        if (topic !== JOB_DONE_TOPIC) return;
        const { job, result, id, startedNs, endedNs } = body as JobDone;
        const callbackId = ownId();
        spans.push([BigInt(startedNs), BigInt(endedNs)]);
        callbacks.push({
          job,
          result,
          jobId: id,
          callbackId,
          afterItsLines: lines.get(index) === LINES,
        });
        lines.delete(index);
        stage.say(`callback of job ${job} in ${callbackId}: ${result}`);
      },
    });
    const { ticks, longestGapMs } = pulse.stop();
    stage.expectAllDone(part.outcomes);
    const parent = ownId();
    expectations.equal(
      "callbacks",
      callbacks.map(({ job }) => job).sort((a, b) => a - b),
      Array.from({ length: jobs }, (_, job) => job),
    );
    expectations.that(
      callbacks.every(({ result }) => result === "over"),
      "a job did not return over",
    );
    expectations.that(
      callbacks.every(({ afterItsLines }) => afterItsLines),
      "a callback ran before its job's lines",
    );
    expectations.that(
      callbacks.every(({ callbackId }) => callbackId === parent),
      "a callback ran elsewhere than in the parent",
    );
    expectations.that(
      callbacks.every(({ jobId }) => jobId !== parent),
      "a job ran in the parent",
    );
    const during = ticks.filter((tick) =>
      spans.some(([from, to]) => from <= tick && tick <= to),
    ).length;
    if (thinkMs > 0)
      expectations.that(during > 0, "the parent's timers did not run while jobs did");
    const { wallMs, cpuMs, waiterCpuMs } = part;
    return {
      wallMs, cpuMs, waiterCpuMs,
      remarks: [`${jobs} callbacks in the parent, whose event loop ran ${during} times while jobs did; its longest gap was ${longestGapMs.toFixed(1)} ms`],
      details: { jobs, parent, callbacks, parentTicks: during, parentLongestGapMs: longestGapMs, thinkMs },
    }; // prettier-ignore
  });
}

/** Shows when the event loop of this thread ran. */
class Pulse {
  readonly #nowNs: () => bigint;
  readonly #ticks: bigint[];
  readonly #timer: NodeJS.Timeout;

  constructor(nowNs: () => bigint) {
    this.#nowNs = nowNs;
    this.#ticks = [nowNs()];
    this.#timer = setInterval(() => this.#ticks.push(nowNs()), TICK_MS);
  }

  stop(): { ticks: readonly bigint[]; longestGapMs: number } {
    clearInterval(this.#timer);
    const ends = [...this.#ticks.slice(1), this.#nowNs()];
    const longest = ends.reduce(
      (gap, end, place) => (end - this.#ticks[place]! > gap ? end - this.#ticks[place]! : gap),
      0n,
    );
    return { ticks: this.#ticks, longestGapMs: Number(longest) / 1e6 };
  }
}
