/**
 * An adapter of Node's threads that run on after their end was told, as a terminated worker of another
 * runtime may. Its locks declare that they are lost with their holder; all but two have one thing wrong.
 */
import {
  type Adapter,
  checkHandle,
  type Handle,
  type Launcher,
  type Lock,
  type LockGuarantees,
  type LockProvider,
} from "@ticketlock/core";
import { FifoMutex, FutexMutex } from "@ticketlock/shared-memory";
import { adapter as sound } from "@ticketlock/worker-threads/adapter";
import { lostDefects, MODULE, open, openMemory } from "./lost-defects.ts";

/** Long enough for a thread that runs on to do its harm. */
const UNDEAD_MS = 1_000;
const VERSION = 1;

const kinds = new Map<string, LockGuarantees>(
  Object.entries(lostDefects).map(([kind, { inner }]) => [
    kind,
    { ...sound.locks[0]!.kinds.get(inner)!, ownerDeath: "lost" },
  ]),
);

const locks: LockProvider = {
  module: MODULE,
  kinds,
  create(kind, options): Handle {
    const { inner } = lostDefects[kind]!;
    const data =
      inner === "fifo" ? FifoMutex.create(MODULE, options) : FutexMutex.create(MODULE, options);
    return { module: MODULE, kind, version: VERSION, data };
  },
  open(raw: Handle): Lock {
    const handle = checkHandle(raw, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const { freesOnExit = false, broken } = lostDefects[handle.kind]!;
    const memory = openMemory(handle.data as Handle, freesOnExit);
    return new broken(handle, kinds.get(handle.kind)!, memory);
  },
};

function endOf(id: number): void {
  for (const mutex of open) mutex.recover(id + 1);
}

const { runtime, unit, scope } = sound.launcher!;

const launcher: Launcher = {
  runtime,
  unit,
  scope,
  nowNs: () => sound.launcher!.nowNs(),
  async start(options) {
    const started = await sound.launcher!.start(options);
    const told = Promise.withResolvers<{ code?: number | string }>();
    void started.exited.then((exit) => {
      endOf(started.id);
      told.resolve(exit);
    });
    return {
      id: started.id,
      exited: told.promise,
      post: (message) => started.post(message),
      kill: () => {
        endOf(started.id);
        told.resolve({ code: "terminated" });
        setTimeout(() => started.kill(), UNDEAD_MS);
      },
    };
  },
};

export const adapter: Adapter = {
  name: "undead",
  url: import.meta.url,
  launcher,
  locks: [locks],
  stores: sound.stores,
};
