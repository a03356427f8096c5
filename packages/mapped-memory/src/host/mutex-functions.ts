import { type Handle, parseHandle, TicketlockError } from "@ticketlock/core";
import type { MutexOptions, ThreadMemory } from "@ticketlock/shared-memory";
import type { HostMutexes, HostMutexOptions } from "./host-mutexes.ts";
import type { Mutex } from "./lock-kind.ts";

/**
 * `createMutex` and `openMutex` of an adapter that has mutexes between threads, which are had at once,
 * and between processes, which are promised.
 *
 * @typeParam Thread - its mutexes between threads
 * @typeParam Kinds - its kinds between processes, with the class of each
 */
export interface MutexFunctions<Thread, Kinds> {
  createMutex: {
    (options?: MutexOptions): Thread;
    <const Kind extends keyof Kinds & string>(
      options: HostMutexOptions & { readonly kind: Kind },
    ): Promise<Kinds[Kind]>;
  };
  openMutex: {
    (handle: Handle): Thread;
    <const Kind extends keyof Kinds & string>(
      nameOrHandle: string | Handle,
      options: HostMutexOptions & { readonly kind: Kind },
    ): Promise<Kinds[Kind]>;
    (name: string, options?: HostMutexOptions): Promise<Mutex>;
  };
}

/** Makes the two functions. Which mutex is meant is told by its kind, or by whether it has a name or a handle. */
export function mutexFunctions<Thread, Kinds>(
  threads: ThreadMemory<Thread>,
  host: HostMutexes,
): MutexFunctions<Thread, Kinds> {
  const isOfThreads = (kind: string | undefined): boolean =>
    kind === undefined || threads.locks.kinds.has(kind);
  const createMutex = (options: HostMutexOptions = {}): unknown =>
    isOfThreads(options.kind) ? threads.createMutex(options as MutexOptions) : host.create(options);
  const openMutex = (nameOrHandle: string | Handle, options: HostMutexOptions = {}): unknown => {
    const isHandle = typeof nameOrHandle === "object" && nameOrHandle !== null;
    if (!isHandle || options.kind !== undefined) return host.open(nameOrHandle, options);
    const { module, kind } = parseHandle(nameOrHandle);
    if (module === threads.locks.module && isOfThreads(kind))
      return threads.openMutex(nameOrHandle);
    throw new TicketlockError(
      "HANDLE_INVALID",
      `Cannot open the handle as a mutex between threads: it is of ${module}, kind ${kind}. Say so and await it: await openMutex(handle, { kind: "${kind}" }).`,
    );
  };
  return { createMutex, openMutex } as MutexFunctions<Thread, Kinds>;
}
