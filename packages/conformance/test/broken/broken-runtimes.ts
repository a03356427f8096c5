/**
 * Locks and stores that are sound between processes of one runtime, and have one thing wrong as soon
 * as several meet, by kind. Contenders of every runtime import it by URL.
 */
import { processLauncher } from "@ticketlock/child-processes";
import {
  type Adapter,
  checkHandle,
  type Guard,
  type Handle,
  type Launcher,
  type Lock,
  type LockGuarantees,
  type LockProvider,
  type StoreGuarantees,
  type StoreProvider,
} from "@ticketlock/core";
import { currentRuntime, type Runtime, runtimes } from "@ticketlock/harness";
import { mappedLocks, MappedMutex, mappedStores } from "@ticketlock/mapped-memory";
import {
  lookSeldom,
  type MakeWord,
  OWNER_DIED,
  RobustWord,
} from "@ticketlock/mapped-memory/building-blocks";

// Nobody finds out by a look of his own what he was not woken for: it would mend what is broken here.
lookSeldom();

const module = "broken-runtimes";
const VERSION = 1;
const MAPPED = "mapped";
/** The one whose locks differ from the others'. */
const ODD: Runtime = "deno";
const isOdd: boolean = currentRuntime() === ODD;

/** A word that takes a dead holder for a living one, as where a runtime reads its mark otherwise. */
class BlindWord extends RobustWord {
  readonly #port: Parameters<MakeWord>[3];

  constructor(...parts: Parameters<MakeWord>) {
    super(...parts);
    this.#port = parts[3];
  }

  override tryTake(add?: number): boolean {
    return (this.load() & OWNER_DIED) === 0 && super.tryTake(add);
  }

  override takeOrSleep(hasSlept: boolean, sleepMs: number): ReturnType<RobustWord["takeOrSleep"]> {
    const seen = this.load();
    if ((seen & OWNER_DIED) === 0) return super.takeOrSleep(hasSlept, sleepMs);
    return this.#port.wait(seen, sleepMs) ? "woken" : "over";
  }
}

interface Defect {
  readonly makeWord?: MakeWord;
  /** What the odd runtime's guards say instead. */
  readonly guard?: (guard: Guard) => Partial<Guard>;
  /** Each runtime has a lock of its own, as where it gives the file another name. */
  readonly apart?: boolean;
}

/** By kind. The first has nothing wrong with it. */
export const runtimesDefects: Readonly<Record<string, Defect>> = {
  "intact-among-runtimes": {},
  "apart-in-each-runtime": { apart: true },
  "numbers-otherwise": { guard: ({ token }) => ({ token: token + 1_000_000 }) },
  "blind-to-deaths": { makeWord: (...parts) => new BlindWord(...parts) },
  "never-tells-of-deaths": { guard: () => ({ abandoned: false }) },
  "wakes-nobody": {
    makeWord: (words, at, me, port) =>
      new RobustWord(words, at, me, { ...port, wake: () => 1, clearWaiters: () => {} }),
  },
};

const kinds = new Map<string, LockGuarantees>(
  Object.keys(runtimesDefects).map((kind) => [kind, mappedLocks.kinds.get(MAPPED)!]),
);

const brokenLocks: LockProvider = {
  module,
  kinds,
  create(kind, options): Handle {
    const one = mappedLocks.create(MAPPED, options);
    const apart = runtimesDefects[kind]!.apart === true;
    const data = runtimes.map(() => (apart ? mappedLocks.create(MAPPED, options) : one));
    return { module, kind, version: VERSION, data };
  },
  open(raw): Lock {
    const handle = checkHandle(raw, { module, kinds: kinds.keys(), version: VERSION });
    const inner = ofThisRuntime(handle);
    const { makeWord, guard: change } = isOdd ? runtimesDefects[handle.kind]! : {};
    const lock =
      makeWord === undefined
        ? mappedLocks.open(inner)
        : new MappedMutex((inner.data as { path: string }).path, { temporary: true, makeWord });
    const changed = change === undefined ? {} : withGuards(lock, change);
    return Object.assign(lock, { handle, guarantees: kinds.get(handle.kind)!, ...changed });
  },
};

function ofThisRuntime(handle: Handle): Handle {
  return (handle.data as Handle[])[runtimes.indexOf(currentRuntime())]!;
}

/** Both ways of waiting, with guards that say something else. */
function withGuards(
  lock: MappedMutex,
  change: NonNullable<Defect["guard"]>,
): Pick<MappedMutex, "acquire" | "acquireSync"> {
  const changed = <G extends Guard>(guard: G): G =>
    new Proxy(guard, {
      get(target, name) {
        const value: unknown = { ...change(target) }[name as keyof Guard] ?? Reflect.get(target, name, target); // prettier-ignore
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  const acquire = lock.acquire.bind(lock);
  const acquireSync = lock.acquireSync.bind(lock);
  return {
    acquire: async (options) => changed(await acquire(options)),
    acquireSync: (options) => changed(acquireSync(options)),
  };
}

const APART_STORE = "stock-in-each-runtime";

/** Each runtime sells from a stock of its own. */
const brokenStores: StoreProvider = {
  module,
  kinds: new Map<string, StoreGuarantees>([[APART_STORE, mappedStores.kinds.get(MAPPED)!]]),
  create(kind, options): Handle {
    const data = runtimes.map(() => mappedStores.create(MAPPED, options));
    return { module, kind, version: VERSION, data };
  },
  open(raw) {
    const handle = checkHandle(raw, { module, kinds: [APART_STORE], version: VERSION });
    return Object.assign(mappedStores.open(ofThisRuntime(handle)), { handle });
  },
};

function adapterWith(launcher: Launcher): Adapter {
  const { runtime } = launcher;
  const stores = [mappedStores, brokenStores];
  return { name: runtime, url: import.meta.url, launcher, locks: [brokenLocks], stores };
}

const flags: Readonly<Record<Runtime, readonly string[]>> = {
  node: ["--disable-warning=ExperimentalWarning"],
  deno: ["--allow-all"],
  bun: [],
};

function launcherOf(runtime: Runtime): Launcher {
  return processLauncher({ runtime, flags: () => flags[runtime] });
}

/** Where contenders look for locks and stores. */
export const adapter: Adapter = adapterWith(launcherOf(currentRuntime()));

/** An adapter for each runtime. */
export const brokenRuntimes: readonly Adapter[] = runtimes.map((runtime) =>
  adapterWith(launcherOf(runtime)),
);

/** The same, but that one of them starts another runtime than it says. */
export const pretendingRuntimes: readonly Adapter[] = brokenRuntimes.map((one) =>
  one.launcher!.runtime === ODD
    ? adapterWith({ ...launcherOf("node"), runtime: ODD, scope: "runtimes" })
    : one,
);

/** The same, but that the owner's clock is an hour ahead of its contenders'. */
export const untimelyRuntimes: readonly Adapter[] = brokenRuntimes.map((one) => {
  const aheadNs = 3_600_000_000_000n;
  return adapterWith({ ...one.launcher!, nowNs: () => one.launcher!.nowNs() + aheadNs });
});
