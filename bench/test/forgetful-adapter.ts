import type { Adapter, BlockingLock, Handle, LockProvider, SyncGuard } from "@ticketlock/core";
import { chooseAdapters } from "../src/run/prepare.ts";
import { fileURLToPath } from "node:url";
import { ONE_ADAPTER } from "./run-main.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const [cast] = chooseAdapters(root, [ONE_ADAPTER[1]!]);
const { adapter: sound } = (await import(cast!.entries[0]!.moduleUrl)) as { adapter: Adapter };

/** Tells nobody that a holder died. */
function forgetful(guard: SyncGuard): SyncGuard {
  return {
    token: guard.token,
    abandoned: false,
    signal: guard.signal,
    markConsistent: () => guard.markConsistent(),
    release: () => guard.release(),
    [Symbol.dispose]: () => guard.release(),
    [Symbol.asyncDispose]: async () => guard.release(),
  };
}

function wrapped(lock: BlockingLock): BlockingLock {
  const forget = (guard: SyncGuard | undefined): SyncGuard | undefined => guard && forgetful(guard);
  return {
    handle: lock.handle,
    guarantees: lock.guarantees,
    acquire: async (options) => forgetful(await lock.acquire(options)),
    acquireSync: (options) => forgetful(lock.acquireSync(options)),
    tryAcquire: async () => forget(await lock.tryAcquire()),
    tryAcquireSync: () => forget(lock.tryAcquireSync()),
    runExclusive: (section, options) =>
      lock.runExclusive((guard) => section(forgetful(guard)), options),
    query: () => lock.query(),
    close: () => lock.close(),
  };
}

/** The first adapter of the run, with locks that forget deaths. */
export const adapter: Adapter = {
  ...sound,
  name: "forgetful",
  url: import.meta.url,
  locks: sound.locks.map((provider): LockProvider => ({
    module: provider.module,
    kinds: provider.kinds,
    create: (kind, options) => provider.create(kind, options),
    open: async (handle: Handle) => wrapped((await provider.open(handle)) as BlockingLock),
  })),
};
