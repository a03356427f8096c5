import { availableParallelism } from "node:os";
import { type Adapter, type Launcher, openSession, type Session } from "@ticketlock/core";
import { type Runtime, runtimes } from "@ticketlock/harness";
import { quiet } from "../environment/noise.ts";
import { duration } from "../report/format.ts";
import { keepCompiled } from "../run/keep-compiled.ts";
import { ownersLauncher, unitOf } from "../run/launchers.ts";
import {
  COUNTER,
  type CreatedWords,
  createWords,
  type SharedWords,
  WORDS_TOPIC,
} from "../run/shared-words.ts";
import { median } from "../statistics/interval.ts";
import { nearestRank } from "../statistics/nearest-rank.ts";
import {
  type Granted,
  HELD_TOPIC,
  type HoldOrWaitInput,
  RESTING_TOPIC,
} from "../workloads/hold-or-wait.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const WORKLOAD = new URL("../workloads/hold-or-wait.ts", import.meta.url);
/** Contenders that wait for a holder's end, where a figure does not say. */
const WAITERS = 2;
/** For the first run: whoever hears of the workload for the first time has to load it. */
const ALL_REST: HoldOrWaitInput = { holder: -1, writesOn: false, waiters: [], firstBlocks: false };
/** A waiter that has not been granted by then never will be. */
const GIVE_UP_MS = 10_000;

/** How a kind of lock is tried. */
export interface Recovery {
  readonly lock: string;
  /** Holders that are ended. */
  readonly trials: number;
  /**
   * Holders that one session loses, one after the other: it has so many contenders, and those that
   * wait to the last. Processes take long to start; threads get a session for each death.
   */
  readonly perSession: number;
  /** Sessions that are opened at the same time, then used in turn: nothing starts while deaths are timed. */
  readonly sessions: number;
  /** Contenders that wait for each holder's end. Default 2. */
  readonly waiters?: number;
}

function figure(
  name: string,
  claim: string,
  limitMs: number,
  how: Recovery,
  needed: readonly Runtime[] = ["node"],
): Figure {
  return {
    name,
    claim,
    limit: { kind: "at-most", value: limitMs },
    needs: { lock: how.lock, runtimes: needed },
    onlyWhenNamed: false,
    measure: ({ adapters, signal }: FigureContext) => measureRecovery(adapters, how, signal),
  };
}

/** From a holder's end to the next waiter's grant. */
export const recovery: readonly Figure[] = [
  figure(
    "recovery",
    "A terminated holder: next waiter inside 20 ms (p99 of 500), every waiter granted",
    20,
    { lock: "futex", trials: 500, perSession: 1, sessions: 1 },
  ),
  killed("mapped", "MappedMutex", 10),
  killed("ipc", "IpcMutex", 25),
  killed("sqlite", "SqliteMutex", 150),
  figure(
    "mixed-recovery",
    "MappedMutex between processes of Node, Deno and Bun, 300 holders killed with SIGKILL, as many of each: next waiter inside 10 ms (p99), a waiter of each runtime granted, nothing lost, nothing sold twice, every death reported",
    10,
    // Contenders are of Node, Deno and Bun in turn: a dozen holders are four of each, three waiters one of each.
    { lock: "mapped", trials: 300, perSession: 12, sessions: 1, waiters: runtimes.length },
    runtimes,
  ),
];

function killed(lock: string, name: string, limitMs: number): Figure {
  return figure(
    `${lock}-recovery`,
    `${name}, holder killed with SIGKILL: next waiter inside ${limitMs} ms (p99 of 1 000), every waiter granted, nothing lost, nothing sold twice, every death reported`,
    limitMs,
    // Few bystanders: each is a process with work of its own to do in its first seconds, on the cores on
    // which the dying one is wound up and the waiter wakes.
    { lock, trials: 1_000, perSession: 4, sessions: 1 },
  );
}

/** Ends holders, and looks at how everybody who waited was granted. */
export async function measureRecovery(
  adapters: readonly Adapter[],
  how: Recovery,
  signal: AbortSignal,
): Promise<Measurement> {
  const { waiters = WAITERS } = how;
  const recoveries: number[] = [];
  const faults: string[] = [];
  let deaths = 0;
  let granted = 0;
  let reported = 0;
  let clockErrorNs = 0;
  let wasQuiet = true;
  const forget = keepCompiled();
  try {
    while (deaths < how.trials) {
      const left = how.trials - deaths;
      const open = await openAll(
        adapters,
        how,
        Math.min(how.sessions, Math.ceil(left / how.perSession)),
        signal,
      );
      try {
        // On a machine that is never quiet it is waited for once.
        if (wasQuiet) wasQuiet = await quiet(availableParallelism(), signal);
        for (const one of open) {
          for (let victim = 0; victim < how.perSession && deaths < how.trials; victim++) {
            signal.throwIfAborted();
            const { killedNs, grants } = await one.killHolder(victim, deaths, signal);
            faults.push(
              ...grantFaults(killedNs, grants, waiters).map((text) => `trial ${deaths}: ${text}`),
            );
            deaths++;
            granted += grants.length;
            const [first] = grants;
            if (first === undefined) continue;
            if (first.abandoned) reported++;
            clockErrorNs = Math.max(clockErrorNs, first.clockErrorNs);
            recoveries.push(Number(BigInt(first.grantedNs) - killedNs) / 1e6);
          }
          faults.push(...one.ticketFaults());
        }
      } finally {
        await Promise.all(open.map((one) => one.close()));
      }
    }
  } finally {
    forget();
  }
  recoveries.sort((a, b) => a - b);
  const p99 = nearestRank(recoveries, 0.99);
  return {
    value: p99,
    unit: "ms (p99)",
    control: null,
    ratio: null,
    compared: p99,
    range: [recoveries[0] ?? Infinity, recoveries.at(-1) ?? Infinity],
    detail: `${deaths} holders ended, median ${recoveries.length > 0 ? median(recoveries).toFixed(2) : "-"} ms, p99 ${p99.toFixed(2)} ms, most ${(recoveries.at(-1) ?? Infinity).toFixed(2)} ms; ${granted} of ${deaths * waiters} waiters granted (where the lock can block, every other one blocked, by turns), ${reported} of ${deaths} deaths told to the first; each took a ticket inside, every other two holders wrote on until their end, ${wasQuiet ? "on a machine that was quiet before each session's deaths" : "on a machine that others used as well"}, ${faults.length} faults${clockErrorNs > 0 ? `; times are true to ${duration(clockErrorNs)}, since clocks differ` : ""}`,
    faults: faults.slice(0, 3),
  };
}

async function openAll(
  adapters: readonly Adapter[],
  { lock, perSession, waiters = WAITERS }: Recovery,
  count: number,
  signal: AbortSignal,
): Promise<DyingSession[]> {
  const opening = Array.from({ length: count }, () =>
    DyingSession.open(adapters, lock, perSession, waiters, signal),
  );
  const opened = await Promise.allSettled(opening);
  const failed = opened.find((one) => one.status === "rejected");
  const open = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (failed === undefined) return open;
  await Promise.all(open.map((one) => one.close()));
  throw failed.reason;
}

/** A holder's end, and the waiters' grants in the order of their tokens. */
interface Killed {
  readonly killedNs: bigint;
  readonly grants: readonly Granted[];
}

/** A session whose contenders are ended one after the other, each as it holds the lock. */
class DyingSession {
  readonly #owner: Launcher;
  readonly #session: Session;
  readonly #words: CreatedWords;
  readonly #waiters: number;
  readonly #tickets: number[] = [];

  private constructor(owner: Launcher, session: Session, words: CreatedWords, waiters: number) {
    this.#owner = owner;
    this.#session = session;
    this.#words = words;
    this.#waiters = waiters;
  }

  static async open(
    adapters: readonly Adapter[],
    kind: string,
    holders: number,
    waiters: number,
    signal: AbortSignal,
  ): Promise<DyingSession> {
    const words = createWords(unitOf(adapters));
    let session: Session | undefined;
    try {
      const lock = { kind };
      const contenders = holders + waiters;
      session = await openSession({ ...words.rights, adapters, contenders, lock });
      await session.run(WORKLOAD, ALL_REST, { signal });
      return new DyingSession(ownersLauncher(adapters), session, words, waiters);
    } catch (error) {
      await session?.close();
      words.words.close();
      throw error;
    }
  }

  /**
   * Lets `victim` hold and the last contenders wait, and ends it. The waiters change their way of waiting
   * with each trial, the holder what it is ended in with every other one: each meets each.
   */
  async killHolder(victim: number, trial: number, signal: AbortSignal): Promise<Killed> {
    const session = this.#session;
    const count = session.ids.length;
    const waiters = Array.from({ length: this.#waiters }, (_, i) => count - this.#waiters + i);
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(GIVE_UP_MS)]);
    const { promise: held, resolve: holds } = Promise.withResolvers<number>();
    const resting = new Set<number>();
    const running = session.run<HoldOrWaitInput, Granted | null>(
      WORKLOAD,
      {
        holder: victim,
        writesOn: Math.floor(trial / 2) % 2 === 1,
        waiters,
        firstBlocks: trial % 2 === 0,
      },
      {
        onRequest: (topic) => (topic === WORDS_TOPIC ? this.#words.handle : null),
        onSend: (topic, body, index) => {
          if (topic === HELD_TOPIC) holds(body as number);
          if (topic === RESTING_TOPIC) resting.add(index);
        },
        signal: inTime,
      },
    );
    const ended = running.then(() => {
      throw new Error("Cannot watch a recovery: the contenders ended before one held the lock.");
    });
    const ticket = await Promise.race([held, ended]);
    ended.catch(() => {}); // from here on their end is what is waited for
    // Those who have no part in it must not be on their way to their rest when the time runs.
    const others = count - waiters.length - (victim + 1);
    while (resting.size < others || (await session.locks[0]!.query()).waiters < waiters.length) {
      inTime.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const killedNs = this.#owner.nowNs();
    await session.crash(victim);
    const outcomes = await running;
    signal.throwIfAborted();
    const grants = waiters
      .map((index) => outcomes[index]!)
      .flatMap((outcome) =>
        outcome.status === "done" && outcome.value !== null ? [outcome.value] : [],
      )
      .sort((a, b) => a.token - b.token);
    this.#tickets.push(ticket, ...grants.map((grant) => grant.ticket));
    return { killedNs, grants };
  }

  ticketFaults(): string[] {
    return ticketFaults(this.#tickets, this.#words.words);
  }

  async close(): Promise<void> {
    await this.#session.close();
    this.#words.words.close();
  }
}

/** Each ticket may be had by one only, and the counter must show all of them. */
export function ticketFaults(
  tickets: readonly number[],
  words: Pick<SharedWords, "readNow">,
): string[] {
  const twice = tickets.length - new Set(tickets).size;
  const counted = words.readNow(COUNTER);
  return [
    ...(twice > 0 ? [`${twice} tickets sold twice`] : []),
    ...(counted === tickets.length
      ? []
      : [`${tickets.length} tickets were taken, and the counter shows ${counted}`]),
  ];
}

/** What is wrong with the grants after a holder's end, in the order of their tokens, as far as the clocks can tell. */
export function grantFaults(
  killedNs: bigint,
  grants: readonly Granted[],
  waiters: number = WAITERS,
): string[] {
  const faults: string[] = [];
  if (grants.length < waiters) faults.push(`${grants.length} of ${waiters} waiters granted`);
  if (grants.some((one) => BigInt(one.grantedNs) + BigInt(one.clockErrorNs) < killedNs))
    faults.push("a waiter was granted before the holder's end");
  if (grants[0]?.abandoned === false)
    faults.push("the first waiter was not told that the lock was abandoned");
  grants.slice(1).forEach((one, i) => {
    const before = grants[i]!;
    const errorNs = BigInt(one.clockErrorNs + before.clockErrorNs);
    const isEarly = BigInt(one.grantedNs) + errorNs < BigInt(before.releasingNs);
    if (isEarly || one.token === before.token)
      faults.push("a waiter was granted before the one before it gave the lock back");
  });
  return faults;
}
