import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { isTicketlockError, type SyncGuard } from "@ticketlock/core";
import { openTwin } from "./flock-twins.ts";
import { say } from "./say.ts";

/** More than one that gives others precedence waits before its first look. */
const FIRST_LOOK_WITHIN_MS = 20;

interface Step {
  readonly step: number;
  readonly action: string;
  readonly timeoutMs?: number;
  readonly abortMs?: number;
  readonly file?: string;
  readonly rounds?: number;
}

// Does with one lock what it is told to; steps may overlap.
const [path, twin] = process.argv.slice(2) as [string, string];
const mutex = openTwin(path, twin);
const guards: SyncGuard[] = [];

createInterface({ input: process.stdin }).on("line", (line) => {
  const step = JSON.parse(line) as Step;
  void act(step).then(
    (value) => say({ step: step.step, value: value ?? null }),
    (error: unknown) => {
      const code = isTicketlockError(error) ? error.code : String(error);
      say({ step: step.step, code, message: error instanceof Error ? error.message : "" });
    },
  );
});

async function act({ action, timeoutMs, abortMs, file, rounds }: Step): Promise<unknown> {
  switch (action) {
    case "acquire": {
      const signal = abortMs === undefined ? {} : { signal: AbortSignal.timeout(abortMs) };
      const limit = timeoutMs === undefined ? {} : { timeoutMs };
      return hold(await mutex.acquire({ ...signal, ...limit }));
    }
    case "tryAcquire": {
      const guard = mutex.tryAcquire();
      return guard && hold(guard);
    }
    case "release":
      return guards.pop()!.release();
    case "markConsistent":
      return guards.at(-1)!.markConsistent();
    case "query":
      return mutex.query();
    case "close":
      return mutex.close();
    case "hasLooked":
      // A waiter's first look was set for an earlier time, and timers go off in the order of their times.
      return new Promise((resolve) => setTimeout(resolve, FIRST_LOOK_WITHIN_MS));
    case "busyUntil": {
      say({ busy: true });
      while (!existsSync(file!));
      return;
    }
    case "count":
      return count(file!, rounds!);
    default:
      throw new Error(`no action is called ${action}`);
  }
}

function hold(guard: SyncGuard): object {
  guards.push(guard);
  return { token: guard.token, abandoned: guard.abandoned };
}

/** Adds to the number in a file, which only the lock protects; a pause in each section. */
async function count(file: string, rounds: number): Promise<object> {
  const tokens: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await mutex.runExclusive(async (guard) => {
      const seen = Number(readFileSync(file, "utf8"));
      await Promise.resolve(); // others have their turn here, if the lock lets them
      writeFileSync(file, String(seen + 1));
      tokens.push(guard.token);
    });
  }
  return { tokens };
}
