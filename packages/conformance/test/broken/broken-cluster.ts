/**
 * An adapter of processes whose every lock has one thing wrong, by kind: to whom it is given, what
 * tokens it shows an old store, what becomes of waiters when somebody dies.
 */
import {
  type Adapter,
  checkHandle,
  type Guard,
  type Handle,
  isTicketlockError,
  type Lock,
  type LockGuarantees,
  type LockOptions,
  type LockProvider,
} from "@ticketlock/core";
import { MappedMutex } from "@ticketlock/mapped-memory";
import { lookSeldom } from "@ticketlock/mapped-memory/building-blocks";
import { adapter as sound } from "@ticketlock/node-cluster/adapter";
import { clusterDefects } from "./cluster-defects.ts";
import { mappedDefects } from "./mapped-defects.ts";

// Nobody finds out by a look of his own what he was not woken for: it would mend what is broken here.
lookSeldom();

const module = "broken-cluster";
const VERSION = 1;
const BROKERED = "ipc";
const MAPPED = "mapped";

function providerOf(kind: string): LockProvider {
  return sound.locks.find((provider) => provider.kinds.has(kind))!;
}
const brokered = providerOf(BROKERED);
const mapped = providerOf(MAPPED);

const kinds = new Map<string, LockGuarantees>([
  ...Object.entries(clusterDefects).map(([kind, { claims }]): [string, LockGuarantees] => [
    kind,
    { ...brokered.kinds.get(BROKERED)!, ...claims },
  ]),
  ...Object.keys(mappedDefects).map((kind): [string, LockGuarantees] => [
    kind,
    mapped.kinds.get(MAPPED)!,
  ]),
]);

const brokenLocks: LockProvider = {
  module,
  kinds,
  async create(kind: string, options?: LockOptions): Promise<Handle> {
    const defect = clusterDefects[kind];
    const data =
      defect === undefined
        ? await mapped.create(MAPPED, options)
        : await brokered.create(BROKERED, defect.forgetsFloor ? {} : options);
    return { module, kind, version: VERSION, data };
  },
  async open(raw: Handle): Promise<Lock> {
    const handle = checkHandle(raw, { module, kinds: kinds.keys(), version: VERSION });
    const inner = handle.data as Handle;
    const makeWord = mappedDefects[handle.kind];
    const lock =
      makeWord === undefined
        ? await brokered.open(inner)
        : new MappedMutex((inner.data as { path: string }).path, { temporary: true, makeWord });
    const acquire = clusterDefects[handle.kind]?.grantsAlone ? { acquire: acquireAlone(lock) } : {};
    return Object.assign(lock, { handle, guarantees: kinds.get(handle.kind)!, ...acquire });
  },
};

/** Is granted also where the lock does not answer in time. */
function acquireAlone(lock: Lock): Lock["acquire"] {
  const acquire = lock.acquire.bind(lock);
  const invented: Guard = {
    token: 0,
    abandoned: false,
    signal: new AbortController().signal,
    markConsistent: () => {},
    release: () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  return (options) =>
    acquire(options).catch((error: unknown) => {
      if (isTicketlockError(error, "LOCK_TIMEOUT")) return invented;
      throw error;
    });
}

export const adapter: Adapter = {
  ...sound,
  name: module,
  url: import.meta.url,
  locks: [brokenLocks],
};
