import {
  type Adapter,
  isResettableLock,
  isTicketlockError,
  type Lock,
  NONE_KIND,
  openSession,
  type Session,
} from "@ticketlock/core";
import {
  ACCEPTED,
  GATE,
  GATE_TOPIC,
  GATE_WORDS,
  GRANTED,
  IN_LINE,
  INSIDE,
  PLACE,
  RAN_ON,
  REFUSED,
  type RunOnInput,
} from "../workloads/run-on.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const WORKLOAD = new URL("../workloads/run-on.ts", import.meta.url);
const LOCKS = ["futex", "fifo"];
const STORE = "shared";
const CAPACITY = 1_000;
/** Contenders of a session, ended one after the other. */
const PER_SESSION = 20;
/** A contender that has not come to its place by then never will. */
const GIVE_UP_MS = 10_000;
/** How long one that was ended is given to do what it wants to do; most take less than a millisecond. */
const HARM_MS = 15;

/** How much is tried. */
export interface ZombieTrials {
  readonly trials: number;
  /** Trials without a lock, in which nobody is ended: a stale commit must be seen then. */
  readonly controls: number;
}

/** Workers that run on after their end was told. */
export const zombies: Figure = {
  name: "zombies",
  claim:
    "1 000 workers of Deno ended in their section or in line, and woken afterwards: no stale commit accepted, no lock granted twice",
  limit: { kind: "at-most", value: 0 },
  needs: { lock: LOCKS[0]!, store: STORE, runtimes: ["deno"] },
  onlyWhenNamed: false,
  measure: ({ adapter, signal }: FigureContext) =>
    measureZombies(adapter!, { trials: 1_000, controls: 20 }, signal),
};

/** What came of some trials. */
interface Counts {
  trials: number;
  /** Workers that ran JavaScript after their end had been told. */
  ranOn: number;
  refused: number;
  /** Commits of theirs that the store took. */
  stale: number;
  /** Grants to one in line after its end had been told. */
  secondGrants: number;
  /** Locks that were lost with their holder; the others were seen to be free of it. */
  lost: number;
}

/** Ends workers, in their section and in line by turns, and looks at what they do when they are woken. */
export async function measureZombies(
  adapter: Adapter,
  { trials, controls }: ZombieTrials,
  signal: AbortSignal,
): Promise<Measurement> {
  const counts = await tryAll(adapter, trials, LOCKS, signal);
  const control = await tryAll(adapter, controls, [NONE_KIND], signal);
  const wrong = counts.stale + counts.secondGrants;
  return {
    value: wrong,
    unit: "stale commits and second grants",
    control: control.stale,
    ratio: null,
    range: null,
    compared: wrong,
    detail: `${counts.trials} workers ended, of which ${counts.ranOn} ran on, ${counts.refused} were refused; ${counts.lost} locks were lost with their holder and reset; the control is ${control.stale} stale commits of ${control.trials} by workers that nobody ended and no lock kept out`,
    faults: [
      ...(counts.ranOn > 0 ? [] : ["no worker ran on after its end: nothing was tried"]),
      ...(control.stale > 0
        ? []
        : ["no stale commit was seen where nothing keeps it out: it cannot be seen"]),
    ],
  };
}

async function tryAll(
  adapter: Adapter,
  trials: number,
  locks: readonly string[],
  signal: AbortSignal,
): Promise<Counts> {
  const counts = { trials: 0, ranOn: 0, refused: 0, stale: 0, secondGrants: 0, lost: 0 };
  for (let opened = 0; counts.trials < trials; opened++) {
    const session = await openSession({
      adapters: [adapter],
      contenders: Math.min(PER_SESSION, trials - counts.trials),
      lock: { kind: locks[opened % locks.length]! },
      store: { kind: STORE, options: { capacity: CAPACITY } },
    });
    try {
      for (const victim of session.ids.keys()) {
        signal.throwIfAborted();
        const lock = session.locks[0]!;
        // Without exclusion there is no line.
        const holds = !lock.guarantees.exclusive || counts.trials % 2 === 0;
        counts.trials++;
        await endOne(session, lock, { victim, holds }, counts);
      }
    } finally {
      await session.close();
    }
  }
  return counts;
}

async function endOne(
  session: Session,
  lock: Lock,
  input: RunOnInput,
  counts: Counts,
): Promise<void> {
  const { victim, holds } = input;
  const store = session.store!;
  const buffer = new SharedArrayBuffer(GATE_WORDS * 4);
  const gate = new Int32Array(buffer);
  const is = (word: number, value: number): boolean => Atomics.load(gate, word) === value;
  const mine = holds ? undefined : await lock.acquire();
  const running = session.run<RunOnInput, void>(WORKLOAD, input, {
    onRequest: (topic) => (topic === GATE_TOPIC ? buffer : null),
  });
  if (holds) await inPlace(() => is(PLACE, INSIDE));
  else await inPlace(async () => is(PLACE, IN_LINE) && (await lock.query()).waiters === 1);
  if (lock.guarantees.exclusive) await session.crash(victim);
  if (holds && (await isLost(lock))) {
    counts.lost++;
    if (isResettableLock(lock)) await lock.reset();
  }
  await mine?.release();
  const guard = await lock.acquire({ timeoutMs: GIVE_UP_MS });
  try {
    const inventory = await store.read(guard.token);
    Atomics.store(gate, GATE, 1);
    Atomics.notify(gate, GATE);
    await within(HARM_MS, () => is(RAN_ON, 1));
    await within(HARM_MS, () => !is(RAN_ON, 1) || is(ACCEPTED, 1) || is(REFUSED, 1));
    // Whoever else has committed meanwhile is found out by the version, whatever it says itself.
    const next = { ...inventory, remaining: inventory.remaining - 1 };
    const commit = { token: guard.token, expectedVersion: inventory.version };
    if ((await store.write(next, commit)) !== "written" || is(ACCEPTED, 1)) counts.stale++;
    counts.ranOn += Atomics.load(gate, RAN_ON);
    counts.refused += Atomics.load(gate, REFUSED);
    if (!holds) counts.secondGrants += Atomics.load(gate, GRANTED);
  } finally {
    await guard.release();
  }
  await running;
}

/** Whether the lock was lost with its holder; if it was not, it is free again. */
async function isLost(lock: Lock): Promise<boolean> {
  try {
    const guard = await lock.tryAcquire();
    await guard?.release();
    return false;
  } catch (error) {
    if (isTicketlockError(error, "LOCK_LOST")) return true;
    throw error;
  }
}

async function inPlace(holds: () => boolean | Promise<boolean>): Promise<void> {
  if (!(await within(GIVE_UP_MS, holds)))
    throw new Error(`Cannot end a worker: it did not come to its place within ${GIVE_UP_MS} ms.`);
}

async function within(limitMs: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return true;
}
