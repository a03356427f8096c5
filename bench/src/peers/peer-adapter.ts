import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as later } from "node:timers/promises";
import {
  type Adapter,
  checkHandle,
  type Handle,
  type Lock,
  type LockGuarantees,
  type LockProvider,
  TicketlockError,
} from "@ticketlock/core";
import { Mutex } from "async-mutex";
import lockfile from "proper-lockfile";
import { type GiveBack, type PeerEngine, PeerLock } from "./peer-lock.ts";

const MODULE = "@ticketlock/bench";
const VERSION = 1;

/**
 * What a lock of processes must be: free again when its holder is killed. proper-lockfile promises it
 * for some seconds later, by a time stamp; the suite shows what becomes of that.
 */
const lockfileGuarantees: LockGuarantees = {
  scope: "processes",
  exclusive: true,
  fifo: false,
  blocking: false,
  tokens: "none",
  ownerDeath: "immediate",
};
/** Tasks of one thread: nobody dies without the others. */
const taskGuarantees: LockGuarantees = {
  ...lockfileGuarantees,
  scope: "threads",
  fifo: true,
  ownerDeath: "none",
};

const kinds: ReadonlyMap<string, LockGuarantees> = new Map([
  ["proper-lockfile", lockfileGuarantees],
  ["async-mutex", taskGuarantees],
  ["navigator.locks", taskGuarantees],
]);

/** What a handle of these kinds carries. */
interface PeerData {
  readonly path?: string;
  /** Waiters leave a mark, so that they can be counted. */
  readonly counts?: boolean;
  readonly name?: string;
}

let countsWaiters = false;

/**
 * From now on locks are made whose waiters can be counted in all processes. The suite waits until it
 * sees them wait; a measurement has no use for it, and would pay for it.
 */
export function countWaiters(): void {
  countsWaiters = true;
}

const provider: LockProvider = {
  module: MODULE,
  kinds,
  create(kind: string): Handle {
    const data =
      kind === "proper-lockfile"
        ? { path: join(temporaryFolder(), "lock"), counts: countsWaiters }
        : { name: `ticketlock-bench-${randomUUID()}` };
    return { module: MODULE, kind, version: VERSION, data };
  },
  open(handle: Handle): Lock {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const data = checked.data as PeerData | null;
    if (typeof data?.path !== "string" && typeof data?.name !== "string")
      throw new TicketlockError(
        "HANDLE_INVALID",
        "Cannot open the lock's handle: it is malformed.",
      );
    return new PeerLock(checked, kinds.get(checked.kind)!, engineOf(checked.kind, data));
  },
};

/** Other people's locks of JavaScript as kinds of ours, for the bench and its conformance cases alone. */
export const adapter: Adapter = {
  name: "peer",
  url: import.meta.url,
  locks: [provider],
  stores: [],
};

let folders: string[] | undefined;

/** Removed when the process ends that made it: nobody knows when the last contender closes a lock. */
function temporaryFolder(): string {
  if (folders === undefined) {
    const made: string[] = (folders = []);
    process.once("exit", () =>
      made.forEach((path) => rmSync(path, { recursive: true, force: true })),
    );
  }
  const path = mkdtempSync(join(tmpdir(), "ticketlock-peer-"));
  folders.push(path);
  return path;
}

function engineOf(kind: string, { path, counts, name }: PeerData): PeerEngine {
  if (kind === "proper-lockfile") return new LockfileEngine(path!, counts === true);
  return kind === "async-mutex" ? AsyncMutexEngine.of(name!) : NavigatorEngine.of(name!);
}

/** Between two attempts; proper-lockfile itself knows no other way of waiting than to try again. */
const RETRY_LEAST_MS = 1;
const RETRY_MOST_MS = 10;

class LockfileEngine implements PeerEngine {
  readonly #path: string;
  readonly #waiters: string;
  readonly #counts: boolean;

  constructor(path: string, counts: boolean) {
    this.#path = path;
    this.#waiters = `${path}.waiters`;
    this.#counts = counts;
    if (counts) mkdirSync(this.#waiters, { recursive: true });
  }

  async take(signal: AbortSignal, lost: () => void): Promise<() => Promise<void>> {
    for (;;) {
      const giveBack = await this.tryTake(lost);
      if (giveBack !== undefined) return giveBack;
      const pauseMs = RETRY_LEAST_MS + Math.random() * (RETRY_MOST_MS - RETRY_LEAST_MS);
      await later(pauseMs, undefined, { signal });
    }
  }

  async tryTake(lost: () => void): Promise<(() => Promise<void>) | undefined> {
    try {
      return await lockfile.lock(this.#path, { realpath: false, onCompromised: lost });
    } catch (error) {
      if ((error as { code?: unknown }).code === "ELOCKED") return undefined;
      throw error;
    }
  }

  isHeld(): Promise<boolean> {
    return lockfile.check(this.#path, { realpath: false });
  }

  wait(): () => void {
    if (!this.#counts) return () => {};
    const mark = join(this.#waiters, `${process.pid}-${randomUUID()}`);
    writeFileSync(mark, "");
    return () => rmSync(mark, { force: true });
  }

  waiters(): number {
    if (!this.#counts) return 0;
    return readdirSync(this.#waiters).filter((mark) => isAlive(Number.parseInt(mark, 10))).length;
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

/** What all who open one lock of this process share. */
abstract class TaskEngine {
  #waiting = 0;

  wait(): () => void {
    this.#waiting++;
    return () => void this.#waiting--;
  }

  waiters(): number {
    return this.#waiting;
  }
}

class AsyncMutexEngine extends TaskEngine implements PeerEngine {
  static readonly #open = new Map<string, AsyncMutexEngine>();
  readonly #mutex = new Mutex();

  static of(name: string): AsyncMutexEngine {
    const engine = AsyncMutexEngine.#open.get(name) ?? new AsyncMutexEngine();
    AsyncMutexEngine.#open.set(name, engine);
    return engine;
  }

  take(): Promise<() => void> {
    return this.#mutex.acquire();
  }

  async tryTake(): Promise<(() => void) | undefined> {
    return this.#mutex.isLocked() ? undefined : this.#mutex.acquire();
  }

  isHeld(): boolean {
    return this.#mutex.isLocked();
  }
}

class NavigatorEngine extends TaskEngine implements PeerEngine {
  static readonly #open = new Map<string, NavigatorEngine>();
  readonly #name: string;

  private constructor(name: string) {
    super();
    this.#name = name;
  }

  static of(name: string): NavigatorEngine {
    const engine = NavigatorEngine.#open.get(name) ?? new NavigatorEngine(name);
    NavigatorEngine.#open.set(name, engine);
    return engine;
  }

  async take(signal: AbortSignal): Promise<GiveBack> {
    return (await this.#request({ signal }))!;
  }

  tryTake(): Promise<GiveBack | undefined> {
    return this.#request({ ifAvailable: true });
  }

  async isHeld(): Promise<boolean> {
    const { held = [] } = await navigator.locks.query();
    return held.some(({ name }) => name === this.#name);
  }

  #request(options: {
    readonly ifAvailable?: boolean;
    readonly signal?: AbortSignal;
  }): Promise<GiveBack | undefined> {
    return new Promise((resolve, reject) => {
      const section = Promise.withResolvers<void>();
      const requested: Promise<void> = navigator.locks.request(this.#name, options, (lock) => {
        if (lock === null) return resolve(undefined);
        resolve(() => {
          section.resolve();
          return requested; // settles when the lock is free, not before
        });
        return section.promise;
      });
      requested.catch(reject);
    });
  }
}
