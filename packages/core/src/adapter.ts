import type { TicketlockError } from "./errors.ts";
import type { Handle } from "./handle.ts";
import type { Lock, LockGuarantees } from "./lock.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import type { Scope } from "./scope.ts";
import type { StoreGuarantees, TicketStore } from "./ticket-store.ts";

export interface LockOptions {
  /** Tokens start above this: what `store.fence()` says when a new lock guards an old store. Default 0. */
  readonly tokensAbove?: number;
  /** Room for this many contenders; a contender more gets `QUEUE_FULL`. Default: the kind's own. */
  readonly maxContenders?: number;
}

export interface StoreOptions {
  /** Tickets for sale, 0 to 2^31 - 1. */
  readonly capacity: number;
  /** Room for this many sales in the journal, where the kind's room is fixed. Default: the capacity. */
  readonly maxSales?: number;
  /** File or directory of a store that lives in one. Default: a private temporary one, removed on close. */
  readonly path?: string;
}

/** Makes and opens locks of some kinds. */
export interface LockProvider {
  /** Package name; equals `handle.module` of its handles. */
  readonly module: string;
  /** The first kind is the default. */
  readonly kinds: ReadonlyMap<string, LockGuarantees>;
  create(kind: string, options?: LockOptions): MaybePromise<Handle>;
  open(handle: Handle): MaybePromise<Lock>;
}

/** Makes and opens stores of some kinds. */
export interface StoreProvider {
  readonly module: string;
  readonly kinds: ReadonlyMap<string, StoreGuarantees>;
  create(kind: string, options: StoreOptions): MaybePromise<Handle>;
  open(handle: Handle): MaybePromise<TicketStore>;
}

/** How a contender came to its end. `code` and `detail` are for the message only: an exit code of 0 does not mean clean. */
export interface ContenderExit {
  readonly code?: number | string;
  readonly detail?: string;
  /** What its launcher has ended it for, if that was so. */
  readonly reason?: TicketlockError;
}

export interface StartOptions {
  readonly index: number;
  /** Receives every message of the contender, in order. */
  readonly onMessage: (message: unknown) => void;
  /** What it will be told to open. Where a runtime has permissions, it is given no more than that takes. */
  readonly opens?: readonly Handle[];
  /** Directories in which its workloads will write besides. */
  readonly writes?: readonly string[];
  /** Its workloads will call functions of the C library. */
  readonly ffi?: boolean;
}

/** A contender that a launcher has started. */
export interface StartedContender {
  /** What the runtime calls it: thread id or process id. */
  readonly id: number;
  post(message: unknown): void;
  /** Settles once the contender is gone and what it held has been dealt with. Never rejects. */
  readonly exited: Promise<ContenderExit>;
  /** Ends it without letting it clean up. */
  kill(): void;
}

/**
 * A contender that can be stopped and continued from outside, as SIGSTOP and SIGCONT do: it runs no
 * step while it is paused, whatever it was doing, and then goes on where it stood. A session whose
 * contenders all are such is a `PausableSession`.
 */
export interface PausableContender extends StartedContender {
  /** Settles once it runs no more, as far as the runtime can tell. */
  pause(): MaybePromise<void>;
  resume(): MaybePromise<void>;
}

/** True if the contender can be paused. */
export function isPausableContender(contender: StartedContender): contender is PausableContender {
  const { pause, resume } = contender as Partial<PausableContender>;
  return typeof pause === "function" && typeof resume === "function";
}

/** Starts contenders: as threads or processes, in one runtime. What it starts calls `serveContender`. */
export interface Launcher {
  readonly runtime: "node" | "deno" | "bun";
  readonly unit: "thread" | "process";
  /** The least scope that a lock must have to serve all contenders of this launcher. */
  readonly scope: Scope;
  /**
   * Refuses where this process cannot start contenders. A session asks before it makes anything, and
   * `start` refuses as well. Default: nothing to ask.
   */
  check?(): MaybePromise<void>;
  start(options: StartOptions): Promise<StartedContender>;
  /**
   * The owner's clock in nanoseconds, `process.hrtime.bigint()` in all launchers, so that they can be
   * mixed. Contenders have the same clock; where theirs starts anew, they ask for the difference and
   * say by `clockErrorNs` how well they know it.
   */
  nowNs(): bigint;
}

/** What a package exports as `adapter` to take part: any of a launcher, lock providers, store providers. */
export interface Adapter {
  /** The folder's name, by which commands and tests name it; a package's further adapters have a name of their own behind it. */
  readonly name: string;
  /**
   * URL of the module that exports it; contenders of the launcher's runtime import it to open the same
   * locks and stores, those of every runtime if there is no launcher. An owner of any runtime may load it
   * to start contenders.
   */
  readonly url: string;
  readonly launcher?: Launcher;
  readonly locks: readonly LockProvider[];
  readonly stores: readonly StoreProvider[];
}
