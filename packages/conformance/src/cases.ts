import {
  type Adapter,
  type Launcher,
  type LockGuarantees,
  scopeCovers,
  type SellingMode,
  sellingModes,
  type StoreGuarantees,
} from "@ticketlock/core";
import {
  arenaOptions,
  chosen,
  conformanceCase,
  type ConformanceCase,
  type ConformanceOptions,
  declares,
  type Kind,
  kindsOf,
  type Scoped,
} from "./conformance-case.ts";
import type { Arena, ArenaOptions } from "./kit/arena.ts";
import { launcherCases } from "./launcher-cases.ts";
import { lockCases } from "./lock-cases/index.ts";
import type { LockUnderTest, ProgramFacts } from "./lock-cases/lock-case.ts";
import { modeCases, type ModeUnderTest } from "./mode-cases.ts";
import { runtimesCaseNames } from "./runtimes-cases.ts";
import { storeCases } from "./store-cases/index.ts";

const DEFAULT_CONTENDERS = 4;

/** The cases that apply to an adapter, by what it offers and declares. */
export function listCases(adapter: Adapter, options: ConformanceOptions = {}): ConformanceCase[] {
  return chosen(new CaseList(adapter, options).all(), options);
}

/** The case names, by what they are about: what the README lists. */
export const caseNames: Readonly<
  Record<"lock" | "store" | "mode" | "launcher" | "runtimes", readonly string[]>
> = {
  lock: lockCases.map(({ name }) => name),
  store: storeCases.map(({ name }) => name),
  mode: modeCases.map(({ name }) => name),
  launcher: launcherCases.map(({ name }) => name),
  runtimes: runtimesCaseNames,
};

class CaseList {
  readonly #arena: ArenaOptions;
  readonly #own: Adapter;
  /** Starts the contenders; undefined where nobody does. */
  readonly #launcher: Launcher | undefined;
  readonly #program: ProgramFacts;

  constructor(adapter: Adapter, options: ConformanceOptions) {
    const { alongside = [], runtimeFlags = [] } = options;
    const adapters = withOneLauncher([adapter, ...alongside]);
    this.#own = adapter;
    this.#arena = arenaOptions(adapters, DEFAULT_CONTENDERS, options);
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

  #serves(guarantees: Scoped): boolean {
    return this.#launcher !== undefined && scopeCovers(guarantees.scope, this.#launcher.scope);
  }

  #case(name: string, body: (arena: Arena) => Promise<void>, limits?: number): ConformanceCase {
    return conformanceCase(this.#arena, name, body, limits);
  }
}

/** Contenders of several launchers would need wider locks than each adapter alone, and have a group of their own: here the first one starts them all. */
function withOneLauncher(adapters: readonly Adapter[]): Adapter[] {
  const first = adapters.find(({ launcher }) => launcher !== undefined);
  return adapters.map((adapter) => {
    if (adapter === first) return adapter;
    const { name, url, locks, stores } = adapter;
    return { name, url, locks, stores };
  });
}
