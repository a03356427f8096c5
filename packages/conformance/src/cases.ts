import {
  type Adapter,
  type Launcher,
  type LockGuarantees,
  scopeCovers,
  type Scope,
  type SellingMode,
  sellingModes,
  type StoreGuarantees,
} from "@ticketlock/core";
import { Arena, type ArenaOptions } from "./kit/arena.ts";
import { launcherCases } from "./launcher-cases.ts";
import { lockCases } from "./lock-cases/index.ts";
import type { LockUnderTest, ProgramFacts } from "./lock-cases/lock-case.ts";
import { modeCases, type ModeUnderTest } from "./mode-cases.ts";
import { storeCases } from "./store-cases/index.ts";

/** A case as it is registered: a name of its own, and a body that throws if the promise is broken. */
export interface ConformanceCase {
  readonly name: string;
  /** True if it belongs to the quick part of its lock kind. */
  readonly quick: boolean;
  /** The lock kind that it tries, if it tries one. */
  readonly lockKind: string | undefined;
  readonly run: () => Promise<void>;
}

/** What the suite is set to. */
export interface ConformanceOptions {
  /** Runs only cases whose name contains one of these texts. Default: all. */
  readonly only?: readonly string[];
  /** Adapters that lend what this one does not offer: a launcher, a lock, a store. Their own kinds are not tried. */
  readonly alongside?: readonly Adapter[];
  /** Contenders of an ordinary case, from 2. Default 4. */
  readonly contenders?: number;
  /** Milliseconds after which something that should happen counts as never happening. Default 10 000. */
  readonly limitMs?: number;
  /** Flags that a fresh process of this runtime needs, for the cases that start one. */
  readonly runtimeFlags?: readonly string[];
  /** Kills contenders before and after every atomic operation, not a sample of them, and a hundred times at random. Takes minutes. Default false. */
  readonly thorough?: boolean;
  /** What is chosen at random repeats with it. An integer; default 1. */
  readonly seed?: number;
}

/** A whole case may take so many times its limit for one wait, unless it says otherwise. */
const LIMITS_PER_CASE = 4;
const DEFAULT_CONTENDERS = 4;
const DEFAULT_LIMIT_MS = 10_000;

/** The cases that apply to an adapter, by what it offers and declares. */
export function listCases(adapter: Adapter, options: ConformanceOptions = {}): ConformanceCase[] {
  const cases = new CaseList(adapter, options).all();
  const { only } = options;
  return only === undefined
    ? cases
    : cases.filter(({ name }) => only.some((text) => name.includes(text)));
}

/** The case names, by what they are about: what the README lists. */
export const caseNames: Readonly<
  Record<"lock" | "store" | "mode" | "launcher", readonly string[]>
> = {
  lock: lockCases.map(({ name }) => name),
  store: storeCases.map(({ name }) => name),
  mode: modeCases.map(({ name }) => name),
  launcher: launcherCases.map(({ name }) => name),
};

type Kind<G> = readonly [kind: string, guarantees: G];

class CaseList {
  readonly #arena: ArenaOptions;
  readonly #own: Adapter;
  /** Starts the contenders; undefined where nobody does. */
  readonly #launcher: Launcher | undefined;
  readonly #program: ProgramFacts;

  constructor(adapter: Adapter, options: ConformanceOptions) {
    const {
      alongside = [],
      contenders = DEFAULT_CONTENDERS,
      limitMs = DEFAULT_LIMIT_MS,
      runtimeFlags = [],
      thorough = false,
      seed = 1,
    } = options;
    const adapters = withOneLauncher([adapter, ...alongside]);
    this.#own = adapter;
    this.#arena = { adapters, contenders, limitMs, thorough, seed };
    this.#launcher = adapters.find(({ launcher }) => launcher !== undefined)?.launcher;
    this.#program = { adapterUrl: adapter.url, runtimeFlags };
  }

  all(): ConformanceCase[] {
    return [...this.#launchers(), ...this.#locks(), ...this.#stores(), ...this.#modes()];
  }

  #launchers(): ConformanceCase[] {
    const lockKinds = this.#shared("locks").map(([kind]) => kind);
    if (this.#own.launcher === undefined || lockKinds.length === 0) return [];
    const storeKinds = this.#shared("stores").map(([kind]) => kind);
    const under = { lockKinds, storeKinds, program: this.#program };
    return launcherCases.map(({ name, run, limits }) =>
      this.#case(`launcher: ${name}`, (arena) => run(arena, under), limits),
    );
  }

  #locks(): ConformanceCase[] {
    return kindsOf(this.#own.locks).flatMap(([kind, guarantees]) => {
      const stores = this.#shared("stores");
      const storeKind = stores[0]?.[0];
      const lasting = stores.find(([, store]) => declares(store, { journal: true, fenced: true, durability: "power" })); // prettier-ignore
      const unit = this.#launcher?.unit;
      const under: LockUnderTest = {
        kind,
        guarantees,
        unit,
        storeKind,
        fencedStoreKind: stores.find(([, store]) =>
          declares(store, { fenced: true, versioned: true }),
        )?.[0],
        lastingStoreKind: lasting?.[0],
        program: this.#program,
      };
      return lockCases
        .filter((one) => guarantees.exclusive && (one.applies?.(under) ?? true))
        .filter((one) => one.contenders !== true || this.#serves(guarantees))
        .map((one) => ({
          ...this.#case(`lock ${kind}: ${one.name}`, (arena) => one.run(arena, under), one.limits),
          quick: one.quick === true,
          lockKind: kind,
        }));
    });
  }

  #stores(): ConformanceCase[] {
    return kindsOf(this.#own.stores).flatMap(([kind, guarantees]) =>
      storeCases
        .filter(({ needs = {} }) => declares(guarantees, needs))
        .filter((one) => one.contenders !== true || this.#serves(guarantees))
        .map((one) =>
          this.#case(`store ${kind}: ${one.name}`, (arena) => one.run(arena, { kind, guarantees })),
        ),
    );
  }

  #modes(): ConformanceCase[] {
    return this.#modesUnderTest().flatMap((under) => {
      const { mode, lockKind, storeKind } = under;
      const { lock, exact } = sellingModes[mode];
      const where = lock === "none" ? storeKind : `${storeKind} with lock ${lockKind}`;
      return modeCases
        .filter((one) => one.exact === exact)
        .map((one) =>
          this.#case(`mode ${mode} on ${where}: ${one.name}`, (arena) => one.run(arena, under)),
        );
    });
  }

  /**
   * Every mode on every store that fits. Where the shared lock must be right, each lock has its turn,
   * on the first of these stores: locks and stores know nothing of each other.
   */
  #modesUnderTest(): ModeUnderTest[] {
    const locks = this.#shared("locks");
    const stores = this.#shared("stores");
    // The controls show the race on a store that promises nothing, if there is one.
    const naive = stores.find(([, { journal }]) => !journal) ?? stores[0];
    return (Object.keys(sellingModes) as SellingMode[]).flatMap((mode) => {
      const { lock, needs, exact } = sellingModes[mode];
      const chosenStores = exact ? stores : naive === undefined ? [] : [naive];
      return chosenStores
        .filter(([, guarantees]) => declares(guarantees, needs))
        .flatMap(([storeKind, storeGuarantees], place) => {
          const every = exact && lock === "shared" && place === 0;
          const chosenLocks = every ? locks : locks.slice(0, 1);
          return chosenLocks.map(([lockKind]) => ({ mode, lockKind, storeKind, storeGuarantees }));
        });
    });
  }

  /** Kinds of this adapter that its contenders can share; those of its companions if it has none. */
  #shared(what: "locks"): Kind<LockGuarantees>[];
  #shared(what: "stores"): Kind<StoreGuarantees>[];
  #shared(what: "locks" | "stores"): Kind<LockGuarantees | StoreGuarantees>[] {
    for (const adapter of this.#arena.adapters) {
      const kinds = kindsOf<LockGuarantees | StoreGuarantees>(adapter[what]);
      const fitting = kinds.filter(([, guarantees]) => this.#serves(guarantees));
      if (fitting.length > 0) return fitting;
    }
    return [];
  }

  #serves(guarantees: { readonly scope: Scope }): boolean {
    return this.#launcher !== undefined && scopeCovers(guarantees.scope, this.#launcher.scope);
  }

  #case(
    name: string,
    body: (arena: Arena) => Promise<void>,
    limits = LIMITS_PER_CASE,
  ): ConformanceCase {
    const run = (): Promise<void> => Arena.hold(this.#arena, body, limits);
    return { name, quick: false, lockKind: undefined, run };
  }
}

/** Contenders of several launchers would need wider locks than each adapter alone: the first one starts them all. */
function withOneLauncher(adapters: readonly Adapter[]): Adapter[] {
  const first = adapters.find(({ launcher }) => launcher !== undefined);
  return adapters.map((adapter) => {
    if (adapter === first) return adapter;
    const { name, url, locks, stores } = adapter;
    return { name, url, locks, stores };
  });
}

function kindsOf<G>(providers: readonly { readonly kinds: ReadonlyMap<string, G> }[]): Kind<G>[] {
  return providers.flatMap(({ kinds }) => [...kinds]);
}

function declares(guarantees: StoreGuarantees, needs: Partial<StoreGuarantees>): boolean {
  return (Object.keys(needs) as (keyof StoreGuarantees)[]).every(
    (key) => guarantees[key] === needs[key],
  );
}
