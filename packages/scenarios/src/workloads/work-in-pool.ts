import type { Contender } from "@ticketlock/core";
import { ownId } from "../own-id.ts";
import { Role, type WorkReport } from "../role.ts";

export interface WorkInPoolInput {
  readonly thinkMs: number;
}

/** Topic on which a worker asks for its next job; answered with a number, or null when there is none left. */
export const NEXT_JOB_TOPIC = "story:next-job";
/** Topic on which a worker hands in what a job returned. */
export const JOB_DONE_TOPIC = "story:job-done";

export interface JobDone {
  readonly job: number;
  readonly result: string;
  readonly id: string;
  readonly startedNs: string;
  readonly endedNs: string;
}

/** How many lines a job prints, and the state in which it does. */
export const LINES = 3;
export const JOB_LINE = "holding";

/** Works on the pool's jobs until there are none left. */
export default async function workInPool(
  contender: Contender,
  input: WorkInPoolInput,
): Promise<WorkReport> {
  const role = new Role(contender);
  const { channel } = contender;
  for (;;) {
    const job = await channel.request(NEXT_JOB_TOPIC, null);
    if (typeof job !== "number") break;
    const startedNs = String(contender.nowNs());
    const result = work(role, job, input.thinkMs);
    channel.send(JOB_DONE_TOPIC, {
      job,
      result,
      id: ownId(),
      startedNs,
      endedNs: String(contender.nowNs()),
    } satisfies JobDone);
  }
  role.tell("goes home", "ended");
  return role.report({});
}

/** The job: it keeps its thread busy all the while, as a long computation would. */
function work(role: Role, job: number, thinkMs: number): string {
  for (let line = 1; line <= LINES; line++) {
    role.tell(`job ${job} line ${line} in ${ownId()}`, JOB_LINE);
    const until = role.contender.nowNs() + BigInt(Math.round(thinkMs * 1e6));
    while (role.contender.nowNs() < until && !role.contender.signal.aborted);
  }
  return "over";
}
