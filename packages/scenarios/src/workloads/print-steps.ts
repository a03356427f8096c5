import type { Contender } from "@ticketlock/core";
import { Role, type WorkReport } from "../role.ts";

export interface PrintStepsInput {
  readonly locked: boolean;
  readonly thinkMs: number;
  readonly freeRunning: boolean;
}

export interface PrintStepsReport extends WorkReport {
  /** When each step was printed. */
  readonly stepsNs: readonly string[];
}

export const STEPS = 3;

/** Prints its steps, thinking after each; holding the lock meanwhile, or not. */
export default async function printSteps(
  contender: Contender,
  input: PrintStepsInput,
): Promise<PrintStepsReport> {
  const { locked, thinkMs, freeRunning } = input;
  const role = new Role(contender);
  const stepsNs: string[] = [];
  const steps = async (): Promise<void> => {
    for (let step = 1; step <= STEPS; step++) {
      // Without a lock all meet before each step, so that their steps mix for certain.
      if (!locked && !freeRunning) await contender.meet(`step ${step}`);
      const now = contender.nowNs();
      stepsNs.push(String(now));
      role.tell(`step ${step}`, locked ? "holding" : "searching", undefined, now);
      await role.sleep(thinkMs);
    }
  };
  if (!locked) await steps();
  else {
    role.waits();
    await contender.lock().runExclusive(async () => {
      role.enters();
      await steps();
      role.exits();
    });
  }
  role.tell("ends", "ended");
  return role.report({ stepsNs });
}
