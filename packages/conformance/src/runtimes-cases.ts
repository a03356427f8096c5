import {
  type Adapter,
  type Launcher,
  type LockGuarantees,
  scopeCovers,
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
  type Scoped,
} from "./conformance-case.ts";
import type { Arena, ArenaOptions } from "./kit/arena.ts";
import { lockCases } from "./lock-cases/index.ts";
import type { LockUnderTest } from "./lock-cases/lock-case.ts";
import { mixedSessionCases } from "./mixed-session-cases.ts";
import { modeCases } from "./mode-cases.ts";
import { storeCases } from "./store-cases/index.ts";

const CONTENDERS_PER_RUNTIME = 2;
/** The way of selling that needs lock and store together. */
const MODE = "mutex";

const ofSeveral = {
  locks: lockCases.filter((one) => one.runtimes === true),
  stores: storeCases.filter((one) => one.runtimes === true),
  modes: modeCases.filter((one) => one.runtimes === true),
};

/** Names of the cases of the group `runtimes`: what the README lists. */
export const runtimesCaseNames: readonly string[] = [
  ...mixedSessionCases.map(({ name }) => name),
  ...[...ofSeveral.locks, ...ofSeveral.stores, ...ofSeveral.modes].map(({ name }) => name),
];

/**
 * The cases in which contenders of several runtimes share one lock and one store: of each kind that
 * every runtime among the launchers can open. None where all launchers are of one runtime.
 *
 * @param adapters - at most one launcher of each runtime; they start the contenders in turn
 */
export function listRuntimesCases(
  adapters: readonly Adapter[],
  options: ConformanceOptions = {},
): ConformanceCase[] {
  const launchers = adapters.flatMap(({ launcher }) => launcher ?? []);
  if (new Set(launchers.map(({ runtime }) => runtime)).size < 2) return [];
  const usual = CONTENDERS_PER_RUNTIME * launchers.length;
  return chosen(new Group(arenaOptions(adapters, usual, options), launchers).all(), options);
}

interface Provider<G> {
  readonly module: string;
  readonly kinds: ReadonlyMap<string, G>;
}

class Group {
  readonly #arena: ArenaOptions;
  readonly #launchers: readonly Launcher[];
  readonly #stores: readonly Kind<StoreGuarantees>[];

  constructor(arena: ArenaOptions, launchers: readonly Launcher[]) {
    this.#arena = arena;
    this.#launchers = launchers;
    this.#stores = this.#shared(({ stores }) => stores);
  }

  all(): ConformanceCase[] {
    const locks = this.#shared(({ locks }) => locks).filter(([, { exclusive }]) => exclusive);
    return [
      ...locks.flatMap(([kind, guarantees]) => this.#ofLock(kind, guarantees)),
      ...this.#stores.flatMap(([kind, guarantees]) => this.#ofStore(kind, guarantees)),
    ];
  }

  #ofLock(kind: string, guarantees: LockGuarantees): ConformanceCase[] {
    const units = new Set(this.#launchers.map(({ unit }) => unit));
    const under: LockUnderTest = {
      kind,
      guarantees,
      unit: units.has("thread") ? undefined : "process",
      storeKind: this.#stores[0]?.[0],
      fencedStoreKind: undefined,
      lastingStoreKind: undefined,
      // No case of this group starts a program.
      program: { adapterUrl: "", runtimeFlags: [] },
    };
    const runtimes = this.#launchers.map(({ runtime }) => runtime);
    return [
      ...mixedSessionCases
        .filter((one) => one.applies?.(under) ?? true)
        .map((one) =>
          this.#case(`lock ${kind}: ${one.name}`, (arena) => one.run(arena, under, runtimes)),
        ),
      ...ofSeveral.locks
        .filter((one) => one.applies?.(under) ?? true)
        .map((one) =>
          this.#case(`lock ${kind}: ${one.name}`, (arena) => one.run(arena, under), one.limits),
        ),
      ...this.#ofMode(kind),
    ];
  }

  #ofMode(lockKind: string): ConformanceCase[] {
    const { needs } = sellingModes[MODE];
    return this.#stores
      .filter(([, storeGuarantees]) => declares(storeGuarantees, needs))
      .flatMap(([storeKind, storeGuarantees]) =>
        ofSeveral.modes.map((one) =>
          this.#case(`mode ${MODE} on ${storeKind} with lock ${lockKind}: ${one.name}`, (arena) =>
            one.run(arena, { mode: MODE, lockKind, storeKind, storeGuarantees }),
          ),
        ),
      );
  }

  #ofStore(kind: string, guarantees: StoreGuarantees): ConformanceCase[] {
    return ofSeveral.stores
      .filter(({ needs = {} }) => declares(guarantees, needs))
      .map((one) =>
        this.#case(`store ${kind}: ${one.name}`, (arena) => one.run(arena, { kind, guarantees })),
      );
  }

  /** Kinds wide enough that contenders of every runtime here can open. */
  #shared<G extends Scoped>(providersOf: (adapter: Adapter) => readonly Provider<G>[]): Kind<G>[] {
    const { adapters } = this.#arena;
    const isEverywhere = (module: string, kind: string): boolean =>
      this.#launchers.every(({ runtime }) =>
        adapters
          .filter((adapter) => loads(adapter, runtime))
          .flatMap(providersOf)
          .some((one) => one.module === module && one.kinds.has(kind)),
      );
    const shared = adapters
      .flatMap(providersOf)
      .flatMap(({ module, kinds }) => [...kinds].filter(([kind]) => isEverywhere(module, kind)))
      .filter(([, { scope }]) => scopeCovers(scope, "runtimes"));
    return [...new Map(shared)];
  }

  #case(name: string, body: (arena: Arena) => Promise<void>, limits?: number): ConformanceCase {
    return conformanceCase(this.#arena, `runtimes: ${name}`, body, limits);
  }
}

/** As sessions do: an adapter that starts nothing is for contenders of every runtime. */
function loads({ launcher }: Adapter, runtime: Launcher["runtime"]): boolean {
  return launcher === undefined || launcher.runtime === runtime;
}
