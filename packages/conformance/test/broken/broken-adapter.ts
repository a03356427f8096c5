/**
 * An adapter whose every lock and store has one thing wrong, by kind. Contenders import it by URL,
 * as they import any adapter.
 */
import {
  type Adapter,
  type AtomicTicketStore,
  type BlockingLock,
  checkHandle,
  type Handle,
  type Launcher,
  type Lock,
  type LockGuarantees,
  type LockOptions,
  type LockProvider,
  type StoreOptions,
  type StoreProvider,
  type TicketStore,
} from "@ticketlock/core";
import { adapter as sound } from "@ticketlock/worker-threads/adapter";
import { bareDefects, BareMutex, createBareMutex } from "./bare-mutex.ts";
import { lockDefects } from "./defective-locks.ts";
import { storeDefects } from "./defective-stores.ts";

const module = "broken";
const VERSION = 1;
const engine = sound.locks[0]!;
const soundStores = sound.stores[0]!;

function declared(inner: string): LockGuarantees {
  return engine.kinds.get(inner)!;
}

const lockKinds = new Map<string, LockGuarantees>([
  ...Object.entries(lockDefects).map(([kind, { inner, claims }]): [string, LockGuarantees] => [
    kind,
    { ...declared(inner), ...claims },
  ]),
  ...Object.keys(bareDefects).map((kind): [string, LockGuarantees] => [
    kind,
    { ...declared("futex"), fifo: kind === "not-fifo" },
  ]),
]);

const brokenLocks: LockProvider = {
  module,
  kinds: lockKinds,
  async create(kind: string, options?: LockOptions): Promise<Handle> {
    const wrapped = lockDefects[kind];
    const data =
      wrapped === undefined
        ? createBareMutex(bareDefects[kind]!.forgetsFloor ? 0 : options?.tokensAbove)
        : await engine.create(wrapped.inner, options);
    return { module, kind, version: VERSION, data };
  },
  async open(raw: Handle): Promise<Lock> {
    const handle = checkHandle(raw, { module, kinds: lockKinds.keys(), version: VERSION });
    const guarantees = lockKinds.get(handle.kind)!;
    const bare = bareDefects[handle.kind];
    if (bare !== undefined)
      return new BareMutex(handle, guarantees, handle.data as Int32Array, bare);
    const inner = (await engine.open(handle.data as Handle)) as BlockingLock;
    return new lockDefects[handle.kind]!.broken(handle, guarantees, inner);
  },
};

const storeKinds = new Map(
  Object.keys(storeDefects).map((kind) => [kind, soundStores.kinds.get("shared")!]),
);

const brokenStores: StoreProvider = {
  module,
  kinds: storeKinds,
  async create(kind: string, options: StoreOptions): Promise<Handle> {
    return { module, kind, version: VERSION, data: await soundStores.create("shared", options) };
  },
  async open(raw: Handle): Promise<TicketStore> {
    const handle = checkHandle(raw, { module, kinds: storeKinds.keys(), version: VERSION });
    const inner = (await soundStores.open(handle.data as Handle)) as AtomicTicketStore;
    return new storeDefects[handle.kind]!(handle, inner);
  },
};

/** The sound launcher, whose deaths the bare mutexes of this thread are told of. */
const launcher: Launcher = {
  ...bound(sound.launcher!),
  async start(options) {
    const started = await sound.launcher!.start(options);
    const exited = started.exited.then((exit) => {
      for (const mutex of BareMutex.open) mutex.recover(started.id);
      return exit;
    });
    return {
      id: started.id,
      exited,
      post: (message) => started.post(message),
      kill: () => started.kill(),
    };
  },
};

function bound({ runtime, unit, scope, nowNs }: Launcher): Omit<Launcher, "start"> {
  return { runtime, unit, scope, nowNs };
}

export const adapter: Adapter = {
  name: module,
  url: import.meta.url,
  launcher,
  locks: [brokenLocks],
  stores: [brokenStores],
};
