import {
  type Adapter,
  isResettableLock,
  isTicketlockError,
  type Lock,
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
  /**
   * Trials in which nobody is ended and the owner goes on without the lock, as if a worker's end had freed
   * it: a stale commit and a second grant must be seen then.
   */
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

/** What came of some trials of one sort. */
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

/** By where the workers were ended. */
interface Tried {
  readonly inSection: Counts;
  readonly inLine: Counts;
}

/** Ends workers, in their section and in line by turns, and looks at what they do when they are woken. */
export async function measureZombies(
  adapter: Adapter,
  { trials, controls }: ZombieTrials,
  signal: AbortSignal,
): Promise<Measurement> {
  const tried = await tryAll(adapter, trials, false, signal);
  const control = await tryAll(adapter, controls, true, signal);
  const both = (count: keyof Counts): number => tried.inSection[count] + tried.inLine[count];
  const wrong = both("stale") + both("secondGrants");
  const { stale } = control.inSection;
  const { secondGrants } = control.inLine;
  return {
    value: wrong,
    unit: "stale commits and second grants",
    control: stale + secondGrants,
    ratio: null,
    range: null,
    compared: wrong,
    detail: `${both("trials")} workers ended, of which ${tried.inSection.ranOn} ran on in their section and ${tried.inLine.ranOn} in line, ${both("refused")} were refused; ${both("lost")} locks were lost with their holder and reset; the control, where nobody is ended and nothing keeps them out, is ${stale} stale commits of ${control.inSection.trials} and ${secondGrants} second grants of ${control.inLine.trials}`,
    faults: zombieFaults(tried, control),
  };
}

/** What was not tried, or could not have been seen. */
function zombieFaults(tried: Tried, control: Tried): string[] {
  const wanted: readonly (readonly [number, string])[] = [
    [tried.inSection.ranOn, "no worker ran on that was ended in its section: nothing was tried"],
    [tried.inLine.ranOn, "no worker ran on that was ended in line: nothing was tried"],
    [control.inSection.stale, "no stale commit was seen where nothing keeps it out"],
    [control.inLine.secondGrants, "no second grant was seen where nothing keeps it out"],
  ];
  return wanted.filter(([seen]) => seen === 0).map(([, fault]) => fault);
}

function noCounts(): Counts {
  return { trials: 0, ranOn: 0, refused: 0, stale: 0, secondGrants: 0, lost: 0 };
}

async function tryAll(
  adapter: Adapter,
  trials: number,
  isControl: boolean,
  signal: AbortSignal,
): Promise<Tried> {
  const tried: Tried = { inSection: noCounts(), inLine: noCounts() };
  // Whoever is let in lives and keeps the lock.
  const perSession = isControl ? 1 : PER_SESSION;
  for (let opened = 0, trial = 0; trial < trials; opened++) {
    const session = await openSession({
      adapters: [adapter],
      contenders: Math.min(perSession, trials - trial),
      lock: { kind: LOCKS[opened % LOCKS.length]! },
      store: { kind: STORE, options: { capacity: CAPACITY } },
    });
    try {
      for (const victim of session.ids.keys()) {
        signal.throwIfAborted();
        // In the control a lock is used once, so that each kind is tried in both ways.
        const holds = (isControl ? Math.floor(trial / LOCKS.length) : trial) % 2 === 0;
        const counts = holds ? tried.inSection : tried.inLine;
        await endOne(session, { victim, holds }, isControl, counts);
        trial++;
      }
    } finally {
      await session.close();
    }
  }
  return tried;
}

async function endOne(
  session: Session,
  input: RunOnInput,
  isControl: boolean,
  counts: Counts,
): Promise<void> {
  const { victim, holds } = input;
  const lock = session.locks[0]!;
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
  if (!isControl) await session.crash(victim);
  counts.trials++;
  if (holds && !isControl && (await isLost(lock))) {
    counts.lost++;
    if (isResettableLock(lock)) await lock.reset();
  }
  await mine?.release();
  // In the control the owner goes on as if it had the lock, and a token of 0 raises no fence.
  const guard = isControl ? undefined : await lock.acquire({ timeoutMs: GIVE_UP_MS });
  const token = guard?.token ?? 0;
  const inventory = await store.read(token);
  Atomics.store(gate, GATE, 1);
  Atomics.notify(gate, GATE);
  if (isControl) await running;
  await within(HARM_MS, () => is(RAN_ON, 1));
  await within(HARM_MS, () => !is(RAN_ON, 1) || is(ACCEPTED, 1) || is(REFUSED, 1));
  // Whoever else has committed meanwhile is found out by the version, whatever it says itself.
  const next = { ...inventory, remaining: inventory.remaining - 1 };
  const commit = { token, expectedVersion: inventory.version };
  if ((await store.write(next, commit)) !== "written" || is(ACCEPTED, 1)) counts.stale++;
  counts.ranOn += Atomics.load(gate, RAN_ON);
  counts.refused += Atomics.load(gate, REFUSED);
  if (!holds) counts.secondGrants += Atomics.load(gate, GRANTED);
  await guard?.release();
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
