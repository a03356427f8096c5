import type { LockState } from "@ticketlock/core";
import { type DenoProgram, startProgram } from "./deno.ts";

/** What a program that uses locks in `directory` needs. */
export function flockFlags(directory: string): string[] {
  return [`--allow-read=${directory}`, `--allow-write=${directory}`, "--allow-sys=uid"];
}

/** What an actor answers: what the step gave, or its error. */
export interface Answer {
  readonly step: number;
  readonly value?: unknown;
  readonly code?: string;
  readonly message?: string;
}

export interface Grant {
  readonly token: number;
  readonly abandoned: boolean;
}

/** A process of Deno that does with a lock what it is told to; see programs/flock-actor.ts. */
export class Actor {
  readonly program: DenoProgram;
  #steps = 0;

  constructor(directory: string, path: string, twin = "") {
    this.program = startProgram("flock-actor", [path, twin], flockFlags(directory));
  }

  /** Begins a step; settles with its answer. */
  async ask(action: string, options: object = {}): Promise<Answer> {
    const step = ++this.#steps;
    this.program.tell({ step, action, ...options });
    const isAnswer = (one: unknown): one is Answer => (one as Answer).step === step;
    await this.program.until((said) => said.some(isAnswer));
    return this.program.said.find(isAnswer)!;
  }

  async acquire(options: object = {}): Promise<Grant> {
    const answer = await this.ask("acquire", options);
    if (answer.code !== undefined) throw new Error(`${answer.code}: ${answer.message}`);
    return answer.value as Grant;
  }

  async state(): Promise<LockState> {
    return (await this.ask("query")).value as LockState;
  }

  /** Settles once so many acquisitions wait, in all processes. */
  async waiters(count: number): Promise<void> {
    while ((await this.state()).waiters !== count);
  }

  async die(): Promise<void> {
    this.program.kill();
    await this.program.ended;
  }
}
