import type { Lock, Outcome, RunOptions, Session, TicketStore } from "@ticketlock/core";
import type { Step, StepResult } from "../workloads/puppet.ts";
import { ConformanceError, expect, show } from "./expect.ts";
import { until, within } from "./limit.ts";
import { type WorkloadName, workloadUrl } from "./workload-url.ts";

/** A session as the cases use it: every wait has a limit, and contenders can be led by the hand. */
export class Stage {
  readonly session: Session;
  readonly count: number;
  readonly limitMs: number;

  constructor(session: Session, limitMs: number) {
    this.session = session;
    this.count = session.ids.length;
    this.limitMs = limitMs;
  }

  /** The owner's own opening of the shared lock. */
  get lock(): Lock {
    return this.session.locks[0]!;
  }

  /** The owner's own opening of the shared store. */
  get store(): TicketStore {
    return this.session.store!;
  }

  /** Runs a workload in all contenders; how each one ended. */
  run<I, O>(name: WorkloadName, input: I, options?: RunOptions): Promise<readonly Outcome<O>[]> {
    const running = this.session.run<I, O>(workloadUrl(name), input, options);
    return within(this.limitMs, `all contenders end the workload ${name}`, running);
  }

  /** Runs a workload that must come to its end in every contender; what each returned. */
  async values<I, O>(name: WorkloadName, input: I, options?: RunOptions): Promise<O[]> {
    return (await this.run<I, O>(name, input, options)).map((outcome, index) =>
      valueOf(outcome, `contender ${index} ends the workload ${name}`),
    );
  }

  /** Lets one contender do some steps, in order; the result of each. The others stand still. */
  async play(index: number, ...steps: Step[]): Promise<StepResult[]> {
    const parts: Step[][] = Array.from({ length: this.count }, () => []);
    parts[index] = steps;
    const outcomes = await this.run<Step[][], StepResult[]>("puppet", parts);
    return valueOf(outcomes[index]!, `contender ${index} does ${show(steps)}`);
  }

  /** Lets one contender do one step, which must succeed. */
  async step(index: number, step: Step): Promise<StepResult> {
    const [result] = await this.play(index, step);
    expect(
      result !== undefined && result.error === undefined,
      `contender ${index} can do ${show(step)}, which gave ${show(result)}`,
    );
    return result;
  }

  /** Ends contenders without letting them clean up. */
  async crash(...indexes: number[]): Promise<void> {
    const crashes = Promise.all(indexes.map((index) => this.session.crash(index)));
    await within(this.limitMs, `crash(${indexes.join()}) settles`, crashes);
  }

  /** Ends all contenders, whatever state they are in. */
  async crashAll(): Promise<void> {
    await this.crash(...this.session.ids.keys()).catch(() => undefined);
  }

  /** Waits until so many acquisitions wait for the lock, in all contenders. */
  waiters(count: number, lock: Lock = this.lock): Promise<void> {
    return waiters(lock, count, this.limitMs);
  }
}

/** Waits until so many acquisitions wait for `lock`. */
export function waiters(lock: Lock, count: number, limitMs: number): Promise<void> {
  return until(
    limitMs,
    `query() tells of ${count} waiters`,
    async () => (await lock.query()).waiters === count,
  );
}

/** What a contender returned; the case fails if it did not get that far. */
export function valueOf<O>(outcome: Outcome<O>, what: string): O {
  if (outcome.status === "done") return outcome.value;
  throw new ConformanceError(`Not done: ${what}. It ${outcome.status}: ${show(outcome.error)}.`, {
    cause: outcome.error,
  });
}
