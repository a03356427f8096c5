import {
  type Adapter,
  type LockGuarantees,
  Providers,
  type Scope,
  scopeCovers,
  scopes,
  type StoreGuarantees,
  TicketlockError,
} from "@ticketlock/core";

/** Chooses locks and stores for a story by what adapters declare. */
export class Casting {
  readonly #adapters: readonly Adapter[];
  readonly #providers: Providers;

  constructor(adapters: readonly Adapter[]) {
    this.#adapters = adapters;
    this.#providers = new Providers(adapters);
  }

  /** Name of the combination, for headings. */
  get name(): string {
    return this.#adapters.map((adapter) => adapter.name).join("+");
  }

  /** The reach that a lock or store needs; core checks it again, and for mixed runtimes more strictly. */
  get #need(): Scope {
    const needs = this.#adapters.flatMap(({ launcher }) => launcher?.scope ?? []);
    return scopes[Math.max(0, ...needs.map((scope) => scopes.indexOf(scope)))]!;
  }

  get locks(): ReadonlyMap<string, LockGuarantees> {
    return new Map(this.#providers.locks.flatMap((provider) => [...provider.kinds]));
  }

  get stores(): ReadonlyMap<string, StoreGuarantees> {
    return new Map(this.#providers.stores.flatMap((provider) => [...provider.kinds]));
  }

  /**
   * The lock's kind: the one asked for, else the first that reaches all contenders, one with the
   * preferred guarantees before others.
   * @throws {TicketlockError} `LOCK_UNSUPPORTED` naming the kinds that there are.
   */
  lock(wanted: string | undefined, preferred: Partial<LockGuarantees> = {}): string {
    const locks = this.locks;
    if (wanted !== undefined) {
      if (locks.has(wanted)) return wanted;
      throw new TicketlockError(
        "LOCK_UNSUPPORTED",
        `Cannot use the lock ${JSON.stringify(wanted)} with ${this.name}: no adapter here offers it. Known: ${list(locks)}.`,
      );
    }
    const reaching = [...locks].filter(
      ([, { exclusive, scope }]) => exclusive && scopeCovers(scope, this.#need),
    );
    const [kind] = reaching.find(([, has]) => fits(has, preferred)) ?? reaching[0] ?? [];
    if (kind !== undefined) return kind;
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot play with ${this.name}: none of its locks (${list(locks)}) reaches all contenders. Choose an adapter that has such a lock, or add one: --adapter A+B.`,
    );
  }

  /**
   * The store's kind: the one asked for, else the preferred kind, else the first; in each case one
   * that declares what the story needs.
   * @throws {TicketlockError} `STORE_UNSUPPORTED` saying what is needed and what there is.
   */
  store(
    wanted: string | undefined,
    needs: Partial<StoreGuarantees>,
    preferredKind?: string,
  ): string {
    const stores = this.stores;
    if (wanted !== undefined && !stores.has(wanted)) {
      throw new TicketlockError(
        "STORE_UNSUPPORTED",
        `Cannot use the store ${JSON.stringify(wanted)} with ${this.name}: no adapter here offers it. Known: ${list(stores)}.`,
      );
    }
    const fitting = [...stores]
      .filter(([, has]) => fits(has, needs) && scopeCovers(has.scope, this.#need))
      .map(([kind]) => kind);
    if (wanted !== undefined) {
      if (fitting.includes(wanted)) return wanted;
      throw new TicketlockError(
        "STORE_UNSUPPORTED",
        `Cannot play this with the store ${JSON.stringify(wanted)}: it must declare ${describe(needs, this.#need)}. Those of ${this.name} that do: ${fitting.join(", ") || "none"}.`,
      );
    }
    const kind = fitting.find((one) => one === preferredKind) ?? fitting[0];
    if (kind !== undefined) return kind;
    throw new TicketlockError(
      "STORE_UNSUPPORTED",
      `Cannot play this with ${this.name}: it needs a store that declares ${describe(needs, this.#need)}, and there is ${list(stores)}. Choose an adapter that has such a store, or add one: --adapter A+B.`,
    );
  }
}

function fits<G extends object>(has: G, needs: Partial<G>): boolean {
  return Object.entries(needs).every(([name, value]) => has[name as keyof G] === value);
}

function list(kinds: ReadonlyMap<string, unknown>): string {
  return [...kinds.keys()].join(", ") || "none";
}

function describe(needs: object, scope: Scope): string {
  return [
    ...Object.entries(needs).map(([name, value]) => `${name} ${String(value)}`),
    `scope ${scope} or wider`,
  ].join(", ");
}
