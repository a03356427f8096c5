import type { Lock, LockOptions, LockProvider, SyncGuard, TicketlockError } from "@ticketlock/core";
import { MAX_ROOM } from "@ticketlock/shared-memory/building-blocks";
import { mappedLocks } from "../mapped-locks.ts";
import { KIND, openMappedMutex } from "../mapped-mutex.ts";
import { mappedSupport } from "../platform/current-platform.ts";
import type { NamedLock } from "../state/index.ts";

/** A mutex of any kind: all of their guards are released in one step. */
export type Mutex = Lock<SyncGuard>;

/** What a name stands for: the name, and the path with which the names of its files begin. */
export type Named = Pick<NamedLock, "name" | "path">;

/** How a mutex of one kind is had by the processes of a host. */
export interface LockKind {
  /** For messages: where it serves. */
  readonly serves: string;
  /** Why it is not to be had in this process, or in this state directory; `undefined` if it is, as far as can be told without trying. Asked before a name is recorded. */
  support(directory?: string): TicketlockError | undefined;
  /** Whoever opens the lock records its name, unless somebody else does. */
  readonly recordsName: boolean;
  /** The most that `maxContenders` may be. */
  readonly maxRoom: number;
  openNamed(named: Named, directory: string, options: LockOptions): Promise<Mutex>;
  /** Makes mutexes without a name, and opens them by their handles. */
  readonly provider: LockProvider;
}

/**
 * Mapped mutexes by name, the same in Node, Deno and Bun. A name has the most room that there is, unless
 * told otherwise: who opens it may be any process, the first fixes it for good, and it costs 16 KB.
 */
export const mappedKind: LockKind = {
  serves: "all processes of Node, Deno and Bun, on Linux with FFI",
  support: mappedSupport,
  recordsName: true,
  maxRoom: MAX_ROOM,
  openNamed: async ({ path }, _, options) =>
    openMappedMutex(`${path}.${KIND}`, { maxContenders: MAX_ROOM, ...options }),
  provider: mappedLocks,
};
