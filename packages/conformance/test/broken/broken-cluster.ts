/**
 * An adapter of processes whose every lock has one thing wrong, by kind: to whom it is given, and what
 * tokens it shows an old store. What becomes of waiters when somebody dies is broken between threads,
 * in bare-mutex.ts: a lock between processes looks around by itself and so mends most of it.
 */
import {
  type Adapter,
  checkHandle,
  type Handle,
  type Lock,
  type LockGuarantees,
  type LockOptions,
  type LockProvider,
} from "@ticketlock/core";
import { adapter as sound } from "@ticketlock/node-cluster/adapter";

const module = "broken-cluster";
const VERSION = 1;
const INNER = "ipc";

/** A way to break a sound lock between processes. */
interface ClusterDefect {
  readonly claims?: Partial<LockGuarantees>;
  /** Its tokens start from 0 again, whatever an earlier lock has given. */
  readonly forgetsFloor?: boolean;
}

/** Locks between processes that are sound but for one thing, by kind. The first is the default of sessions. */
export const clusterDefects: Readonly<Record<string, ClusterDefect>> = {
  "restarts-tokens": { forgetsFloor: true },
  // As if a helper took the lock in a process's name, whether that has time for it or not. Where
  // grants are in order of arrival nothing else could be; this one claims that they are not.
  "helper-takes-the-lock": { claims: { fifo: false } },
};

const engine = sound.locks.find((provider) => provider.kinds.has(INNER))!;
const kinds = new Map(
  Object.entries(clusterDefects).map(([kind, { claims }]): [string, LockGuarantees] => [
    kind,
    { ...engine.kinds.get(INNER)!, ...claims },
  ]),
);

const brokenLocks: LockProvider = {
  module,
  kinds,
  async create(kind: string, options?: LockOptions): Promise<Handle> {
    const { forgetsFloor } = clusterDefects[kind]!;
    const data = await engine.create(INNER, forgetsFloor ? {} : options);
    return { module, kind, version: VERSION, data };
  },
  async open(raw: Handle): Promise<Lock> {
    const handle = checkHandle(raw, { module, kinds: kinds.keys(), version: VERSION });
    const lock = await engine.open(handle.data as Handle);
    return Object.assign(lock, { handle, guarantees: kinds.get(handle.kind)! });
  },
};

export const adapter: Adapter = {
  ...sound,
  name: module,
  url: import.meta.url,
  locks: [brokenLocks],
};
