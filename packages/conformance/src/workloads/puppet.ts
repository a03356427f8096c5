import {
  type BlockingLock,
  type Contender,
  type Guard,
  isBlockingLock,
  type Lock,
} from "@ticketlock/core";
import { errorName } from "../kit/expect.ts";
import { rest } from "../kit/limit.ts";

/** One thing that a puppet can be told to do. `as` names the guard, from run to run. */
export type Step =
  | {
      readonly do: "acquire" | "acquireSync";
      readonly as: string;
      readonly timeoutMs?: number | "NaN";
    }
  | {
      readonly do:
        | "try"
        | "trySync"
        | "begin"
        | "await"
        | "release"
        | "markConsistent"
        | "takeTicket";
      readonly as: string;
    }
  /** Waits until so many acquisitions wait for the lock. */
  | { readonly do: "awaitWaiters"; readonly waiters: number }
  | { readonly do: "close" };

/** What came of a step: a guard's facts, an error's name, or nothing. */
export interface StepResult {
  readonly token?: number;
  readonly abandoned?: boolean;
  readonly error?: string;
}

// Kept from one run to the next: a session's contenders keep their modules.
const guards = new Map<string, Guard>();
const pending = new Map<string, Promise<Guard>>();

/** A contender led by the hand: does the steps meant for it, and keeps its guards for later runs. */
export default async function puppet(
  contender: Contender,
  parts: readonly (readonly Step[])[],
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of parts[contender.index] ?? []) {
    try {
      results.push(await perform(contender, contender.lock(), step));
    } catch (error) {
      results.push({ error: errorName(error) });
    }
  }
  return results;
}

async function perform(contender: Contender, lock: Lock, step: Step): Promise<StepResult> {
  switch (step.do) {
    case "acquire":
      return keep(step.as, await lock.acquire(limits(step.timeoutMs)));
    case "acquireSync":
      return keep(step.as, blocking(lock).acquireSync(limits(step.timeoutMs)));
    case "try":
      return keep(step.as, await lock.tryAcquire());
    case "trySync":
      return keep(step.as, blocking(lock).tryAcquireSync());
    case "begin": {
      const begun = lock.acquire();
      begun.catch(() => undefined);
      pending.set(step.as, begun);
      return {};
    }
    case "await":
      return keep(step.as, await pending.get(step.as));
    case "release":
      await guards.get(step.as)!.release();
      return {};
    case "markConsistent":
      await guards.get(step.as)!.markConsistent();
      return {};
    case "takeTicket": {
      const { token } = guards.get(step.as)!;
      const inventory = await contender.store.read(token);
      const { remaining, version } = inventory;
      const next = { ...inventory, remaining: remaining - 1, version: version + 1 };
      const result = await contender.store.write(next, { token });
      return result === "written" ? {} : { error: result };
    }
    case "awaitWaiters":
      while ((await lock.query()).waiters < step.waiters) await rest();
      return {};
    case "close":
      await lock.close();
      return {};
  }
}

function keep(name: string, guard: Guard | undefined): StepResult {
  if (guard === undefined) return {};
  guards.set(name, guard);
  return { token: guard.token, abandoned: guard.abandoned };
}

// NaN does not survive JSON, in which a process gets its input.
function limits(timeoutMs: number | "NaN" | undefined): { timeoutMs?: number } {
  return timeoutMs === undefined ? {} : { timeoutMs: Number(timeoutMs) };
}

function blocking(lock: Lock): BlockingLock {
  if (isBlockingLock(lock)) return lock;
  throw new TypeError("This lock cannot block: its kind does not declare it.");
}
