import type { Adapter, Launcher, LockOptions, StoreOptions } from "./adapter.ts";
import { closeAll } from "./close-all.ts";
import { TicketlockError } from "./errors.ts";
import type { Handle } from "./handle.ts";
import { checkContenders, checkInteger } from "./limits.ts";
import type { Lock } from "./lock.ts";
import { mixSeed } from "./mix-seed.ts";
import { Member, type RunHooks } from "./session-member.ts";
import { Providers } from "./providers.ts";
import { Rendezvous } from "./rendezvous.ts";
import { type Scope, scopes } from "./scope.ts";
import type { TicketStore } from "./ticket-store.ts";

export interface SessionOptions {
  /** Their launchers start the contenders in turn; their providers make the locks and the store. */
  readonly adapters: readonly Adapter[];
  /** How many contenders, 1 to 256. */
  readonly contenders: number;
  /**
   * Kind (default: the first declared), how many locks of it (default 1), and what they are made with.
   * Their tokens start above the fence of the session's store, if it has one.
   */
  readonly lock?: {
    readonly kind?: string | undefined;
    readonly count?: number;
    readonly options?: LockOptions;
  };
  /** The store that the contenders share; none unless told. */
  readonly store?: { readonly kind?: string | undefined; readonly options: StoreOptions };
  /** 0 to 2^31 - 1; default 1. */
  readonly seed?: number;
  /** Directories in which workloads write besides locks and store. A runtime with permissions wants to know. */
  readonly writes?: readonly string[];
  /** Workloads call functions of the C library, which a runtime with permissions wants to know, too. Default false. */
  readonly ffi?: boolean;
  /** Milliseconds in which a contender must start, open its locks, and load a workload. Default 30 000. */
  readonly limitMs?: number;
}

/** How one contender's workload ended. */
export type Outcome<O> =
  | { readonly status: "done"; readonly value: O }
  | { readonly status: "crashed" | "failed"; readonly error: TicketlockError };

export interface RunOptions {
  /**
   * Aborting tells every contender through its own signal; one that does not end in time is killed,
   * one that a run `one-by-one` has yet to start is not started: it has `failed`.
   */
  readonly signal?: AbortSignal;
  /** `together` (default): all load the workload, then all start at once. `one-by-one`: each starts when the one before has ended. */
  readonly start?: "together" | "one-by-one";
  /**
   * Answers the contenders' requests, one after the other in order of arrival. What it throws rejects
   * the request. A request whose contender is gone when its turn comes is dropped.
   */
  readonly onRequest?: (topic: string, body: unknown, index: number) => unknown;
  /**
   * Receives what contenders send until they end. The first error that it throws, or rejects with
   * before the contender has ended, is that contender's outcome: it has `failed`.
   */
  readonly onSend?: (topic: string, body: unknown, index: number) => void;
}

/** An open group of contenders that share locks and a store. */
export interface Session extends AsyncDisposable {
  /** The shared locks, as opened by the session's owner. */
  readonly locks: readonly Lock[];
  /** The shared store, as opened by the session's owner. */
  readonly store: TicketStore | undefined;
  /** The contenders' thread or process ids, by index. */
  readonly ids: readonly number[];
  /**
   * Runs the workload that `url` exports by default in every contender, and waits for all to end.
   * Never rejects for what a contender does.
   * @throws {TicketlockError} `SESSION_BUSY` while another run is open, `CONTENDER_CRASHED` once the
   * session is closed; the reason of a signal that was aborted before; what sending `input` throws.
   */
  run<I, O>(workload: URL, input: I, options?: RunOptions): Promise<readonly Outcome<O>[]>;
  /** Ends one contender without letting it clean up; settles when it is gone. */
  crash(index: number): Promise<void>;
  /** True if the contenders can be paused: if this is a `PausableSession`. Their launchers decide. */
  readonly pausable: boolean;
  /**
   * Ends all contenders, paused ones too, and closes locks and store. Nothing is left behind; if
   * closing one of them throws, the rest is closed first.
   */
  close(): Promise<void>;
}

/** A session whose contenders can be stopped where they stand, and let go on, as SIGSTOP and SIGCONT do. */
export interface PausableSession extends Session {
  /**
   * Stops one contender, whatever it is doing. It holds what it holds, and nobody is told: to the
   * others it is merely slow. Pausing one that is paused does nothing.
   * @throws {TicketlockError} `CONTENDER_CRASHED` if it is gone. {RangeError} for an index that there is not.
   */
  pause(index: number): Promise<void>;
  /** Lets one contender go on; nothing if it is not paused. Throws as `pause` does. */
  resume(index: number): Promise<void>;
}

/** True if every contender of the session can be paused. */
export function isPausableSession(session: Session): session is PausableSession {
  return session.pausable;
}

const DEFAULT_LIMIT_MS = 30_000;
/** Longest delay that a timer takes. */
const MAX_LIMIT_MS = 2 ** 31 - 1;

/**
 * Starts contenders and gives them shared locks and a store.
 * @throws {TicketlockError} `LOCK_SCOPE`, `LOCK_UNSUPPORTED`, `STORE_UNSUPPORTED`, `CONTENDER_CRASHED`,
 * `CONTENDER_TIMEOUT`; what had been started is ended first. RangeError for impossible numbers.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const session = new OpenSession(options);
  try {
    await session.open();
    return session;
  } catch (error) {
    // Why it could not be opened is what the caller has to know.
    await session.close().catch(() => {});
    throw error;
  }
}

class OpenSession implements PausableSession {
  readonly locks: Lock[] = [];
  store: TicketStore | undefined;
  readonly #options: SessionOptions;
  readonly #limitMs: number;
  readonly #members: Member[] = [];
  #nowNs: () => bigint = () => 0n;
  #runs = 0;
  #isRunning = false;
  #closing: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#limitMs = checkInteger("limitMs", options.limitMs ?? DEFAULT_LIMIT_MS, 1, MAX_LIMIT_MS);
    checkContenders(options.contenders);
    checkInteger("seed", options.seed ?? 1, 0, 2 ** 31 - 1);
    checkInteger("number of locks", options.lock?.count ?? 1, 0, 65_536);
  }

  get ids(): readonly number[] {
    return this.#members.map((member) => member.id);
  }

  async open(): Promise<void> {
    const { adapters, contenders, lock, store, seed = 1, writes = [], ffi = false } = this.#options;
    const launchers = adapters.flatMap((adapter) => adapter.launcher ?? []);
    if (launchers.length === 0) {
      const names = adapters.map((adapter) => adapter.name).join(", ");
      throw new TicketlockError(
        "ADAPTER_INVALID",
        `Cannot open a session with ${names || "no adapter"}: none of them starts contenders. Add one with a launcher.`,
      );
    }
    for (const launcher of new Set(launchers)) await launcher.check?.();
    this.#nowNs = () => launchers[0]!.nowNs();
    const providers = new Providers(adapters);
    const need = neededScope(launchers);
    // A store that was made and cannot be opened stays: only an open one can be closed.
    if (store !== undefined)
      this.store = await providers.openStore(
        await providers.createStore(store.kind, need, store.options),
      );
    const lockOptions = await this.#tokensAboveFence(lock?.options);
    const lockHandles: Handle[] = [];
    for (let i = 0; i < (lock?.count ?? 1); i++) {
      // Opened as soon as made, so that a failure further on still closes it.
      const handle = await providers.createLock(lock?.kind, need, lockOptions);
      this.locks.push(await providers.openLock(handle));
      lockHandles.push(handle);
    }

    const opens = this.store === undefined ? lockHandles : [...lockHandles, this.store.handle];
    // One after the other: starting a thread costs a core, and a failure must know what to end.
    for (let index = 0; index < contenders; index++) {
      const launcher = launchers[index % launchers.length]!;
      this.#members.push(
        await Member.start(launcher, index, this.#limitMs, { opens, writes, ffi }),
      );
    }
    await Promise.all(
      this.#members.map((member, index) =>
        member.open({
          type: "open",
          index,
          count: contenders,
          seed: mixSeed(seed, index),
          adapters: adapters
            .filter((adapter) => runsIn(adapter, launchers[index % launchers.length]!))
            .map((adapter) => adapter.url),
          locks: lockHandles,
          lockKind: lock?.kind,
          store: this.store?.handle,
        }),
      ),
    );
  }

  async run<I, O>(
    workload: URL,
    input: I,
    options: RunOptions = {},
  ): Promise<readonly Outcome<O>[]> {
    if (this.#closing !== undefined)
      throw new TicketlockError(
        "CONTENDER_CRASHED",
        "Cannot run a workload: the session is closed.",
      );
    // Two at once would take each other's answers.
    if (this.#isRunning)
      throw new TicketlockError(
        "SESSION_BUSY",
        "Cannot run a workload: the session's last run is still open. Await it first, or open another session.",
      );
    options.signal?.throwIfAborted();
    this.#isRunning = true;
    try {
      return await this.#run<O>(workload, input, options);
    } finally {
      this.#isRunning = false;
    }
  }

  async #run<O>(
    workload: URL,
    input: unknown,
    { signal, start = "together", onRequest, onSend }: RunOptions,
  ): Promise<readonly Outcome<O>[]> {
    const run = ++this.#runs;
    const rendezvous = new Rendezvous();
    const hooks: RunHooks = { rendezvous, onRequest, onSend, requests: Promise.resolve() };
    const members = this.#members;
    const abort = (): void => members.forEach((member) => member.abort(run));
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const loads = await Promise.allSettled(
        members.map((member) =>
          member.load({ type: "load", run, workload: workload.href, input }, hooks),
        ),
      );
      for (const load of loads) if (load.status === "rejected") throw load.reason;
      const begin = async (member: Member, startedNs: bigint): Promise<Outcome<O>> => {
        const outcome = member.start<O>(run, startedNs);
        // One that was still loading when the run was called off has not heard of it.
        if (signal?.aborted) member.abort(run);
        const ended = await outcome;
        rendezvous.leave(member.index);
        return ended;
      };
      // A contender that is gone, or could not load, meets nobody: the others must not wait for it.
      const join = (member: Member): void => {
        if (member.isReady) rendezvous.join(member.index);
      };
      if (start !== "one-by-one") {
        members.forEach(join);
        // One beginning for all: what they count from it must be comparable.
        const startedNs = this.#nowNs();
        return await Promise.all(members.map((member) => begin(member, startedNs)));
      }
      const outcomes: Outcome<O>[] = [];
      for (const member of members) {
        if (signal?.aborted && member.isReady) {
          outcomes.push(calledOff(member, signal.reason));
          continue;
        }
        join(member);
        outcomes.push(await begin(member, this.#nowNs()));
      }
      return outcomes;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async crash(index: number): Promise<void> {
    await this.#member("crash", index).crash();
  }

  get pausable(): boolean {
    return this.#members.every((member) => member.isPausable);
  }

  async pause(index: number): Promise<void> {
    await this.#member("pause", index).pause();
  }

  async resume(index: number): Promise<void> {
    await this.#member("resume", index).resume();
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.close()));
    await closeAll([...this.locks, this.store]);
  }

  /** A store that has been there before refuses tokens that its earlier locks have outgrown. */
  async #tokensAboveFence(options: LockOptions | undefined): Promise<LockOptions | undefined> {
    if (this.store?.guarantees.fenced !== true) return options;
    const fence = await this.store.fence();
    return { ...options, tokensAbove: Math.max(options?.tokensAbove ?? 0, fence) };
  }

  #member(what: string, index: number): Member {
    const member = this.#members[index];
    if (member !== undefined) return member;
    throw new RangeError(
      `Cannot ${what} contender ${index}: the session has ${this.#members.length}.`,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Another runtime may not be able to load what an adapter starts its own contenders with; one that starts none is for all. */
function runsIn({ launcher }: Adapter, { runtime }: Launcher): boolean {
  return launcher === undefined || launcher.runtime === runtime;
}

/**
 * The least scope of a lock that serves the contenders of all these launchers: those of two runtimes
 * need more than the wider of the launchers' own.
 */
export function neededScope(launchers: readonly Launcher[]): Scope {
  if (new Set(launchers.map((launcher) => launcher.runtime)).size > 1) return "runtimes";
  if (launchers.length > 1 && launchers.some((launcher) => launcher.unit === "process"))
    return "processes";
  return scopes[Math.max(...launchers.map((launcher) => scopes.indexOf(launcher.scope)))]!;
}

function calledOff({ index }: Member, cause: unknown): Outcome<never> {
  const message = `Contender ${index} was not started: the run was called off.`;
  return { status: "failed", error: new TicketlockError("CONTENDER_FAILED", message, { cause }) };
}
