import {
  type Adapter,
  type Guard,
  type Handle,
  type Lock,
  type LockOptions,
  type MaybePromise,
  openSession,
  Providers,
  type SessionOptions,
  type StoreOptions,
  type TicketStore,
} from "@ticketlock/core";
import { ConformanceError } from "./expect.ts";
import { within } from "./limit.ts";
import { Stage } from "./stage.ts";

/** What a case runs with, and what it may set. */
export interface ArenaOptions {
  /** The adapter under test first, then those that lend it what it does not offer. */
  readonly adapters: readonly Adapter[];
  /** Contenders of an ordinary case. */
  readonly contenders: number;
  /** Milliseconds after which something that should happen counts as never happening. */
  readonly limitMs: number;
  /** Lets contenders die everywhere, not at a sample of points, whatever it takes. */
  readonly thorough: boolean;
  /** What is chosen at random repeats with it. */
  readonly seed: number;
}

/** What is thorough may take so many times longer. */
const THOROUGH_FACTOR = 30;
/** Cleaning up after a failed case must not hang where the case did. */
const CLEAN_UP_LIMIT_MS = 5_000;

/** Where one case takes place: it makes locks, stores and sessions, and cleans up behind them. */
export class Arena {
  readonly contenders: number;
  readonly limitMs: number;
  readonly thorough: boolean;
  readonly seed: number;
  readonly adapters: readonly Adapter[];
  readonly #providers: Providers;
  readonly #stages: Stage[] = [];
  readonly #cleanUps: (() => MaybePromise<unknown>)[] = [];

  constructor(options: ArenaOptions) {
    this.adapters = options.adapters;
    this.contenders = options.contenders;
    this.limitMs = options.limitMs;
    this.thorough = options.thorough;
    this.seed = options.seed;
    this.#providers = new Providers(options.adapters);
  }

  /** Runs a case in an arena of its own; all of it may take so many times the limit for one wait. */
  static async hold(
    options: ArenaOptions,
    body: (arena: Arena) => Promise<void>,
    limits: number,
  ): Promise<void> {
    const arena = new Arena(options);
    let failed = true;
    try {
      const caseMs = options.limitMs * limits * (options.thorough ? THOROUGH_FACTOR : 1);
      await within(caseMs, "the case comes to its end", body(arena));
      failed = false;
    } finally {
      await arena.#cleanUp(failed);
    }
  }

  /** Makes and opens a lock that only the owner's thread uses. */
  async lock(kind: string, options?: LockOptions): Promise<Lock> {
    const handle = await this.#providers.createLock(kind, "threads", options);
    return this.openLock(handle);
  }

  /** Opens a lock once more, as another contender would. */
  async openLock(handle: Handle): Promise<Lock> {
    const lock = await within(this.limitMs, "the lock opens", this.#providers.openLock(handle));
    this.#cleanUps.push(() => lock.close());
    return lock;
  }

  /** Makes and opens a store that only the owner's thread uses. */
  async store(kind: string, options: StoreOptions): Promise<TicketStore> {
    const handle = await this.#providers.createStore(kind, "threads", options);
    return this.openStore(handle);
  }

  /** Opens a store once more, as another contender would. */
  async openStore(handle: Handle): Promise<TicketStore> {
    const store = await within(this.limitMs, "the store opens", this.#providers.openStore(handle));
    this.#cleanUps.push(() => store.close());
    return store;
  }

  /** Opens a session with the arena's adapters. */
  async stage(
    options: Omit<SessionOptions, "adapters" | "contenders"> & { contenders?: number },
  ): Promise<Stage> {
    const opening = openSession({
      contenders: this.contenders,
      ...options,
      adapters: this.adapters,
    });
    // Before it is open: should the case give up meanwhile, what it had begun still ends.
    this.#cleanUps.push(async () => (await opening).close());
    const stage = new Stage(await opening, this.limitMs);
    this.#stages.push(stage);
    return stage;
  }

  /** Waits for `work`, within the arena's limit. */
  within<T>(what: string, work: MaybePromise<T>): Promise<T> {
    return within(this.limitMs, what, work);
  }

  /** Acquires, within the arena's limit. */
  acquire(lock: Lock): Promise<Guard> {
    return this.within("acquire() is granted", lock.acquire());
  }

  /** Has something undone when the case is over. */
  defer(cleanUp: () => MaybePromise<unknown>): void {
    this.#cleanUps.push(cleanUp);
  }

  async #cleanUp(failed: boolean): Promise<void> {
    const faults: unknown[] = [];
    // Contenders that hang would only end after a time of grace.
    if (failed) for (const stage of this.#stages) await stage.crashAll();
    for (const cleanUp of this.#cleanUps.reverse()) {
      try {
        await within(CLEAN_UP_LIMIT_MS, "what the case had opened closes", cleanUp());
      } catch (error) {
        faults.push(error);
      }
    }
    // A failed case has told its story; what breaks behind it only follows from that.
    if (!failed && faults.length > 0)
      throw new ConformanceError("Cannot close what the case had opened.", { cause: faults[0] });
  }
}
