import type { Adapter, LockOptions, LockProvider, StoreOptions, StoreProvider } from "./adapter.ts";
import { controlProvider } from "./control-locks.ts";
import { TicketlockError } from "./errors.ts";
import { type Handle, parseHandle } from "./handle.ts";
import type { Lock } from "./lock.ts";
import { type Scope, scopeCovers } from "./scope.ts";
import type { TicketStore } from "./ticket-store.ts";

/** The locks and stores of all adapters that a program has loaded, found by kind or by handle. */
export class Providers {
  readonly locks: readonly LockProvider[];
  readonly stores: readonly StoreProvider[];

  constructor(adapters: readonly Adapter[]) {
    const [engine, ...others] = adapters.flatMap((adapter) => adapter.locks);
    // The controls wrap a lock of these engines, so that only the exclusion differs.
    this.locks =
      engine === undefined ? [] : [engine, ...others, controlProvider([engine, ...others])];
    this.stores = adapters.flatMap((adapter) => adapter.stores);
  }

  get lockKinds(): string[] {
    return kindsOf(this.locks);
  }

  get storeKinds(): string[] {
    return kindsOf(this.stores);
  }

  /** Creates a lock; no kind means the first one declared. */
  async createLock(kind: string | undefined, need: Scope, options?: LockOptions): Promise<Handle> {
    const [provider, chosen] = pick("lock", this.locks, kind);
    checkScope("lock", chosen, provider.kinds.get(chosen)!.scope, need);
    return provider.create(chosen, options);
  }

  async openLock(handle: Handle): Promise<Lock> {
    return find("lock", this.locks, handle).open(handle);
  }

  async createStore(kind: string | undefined, need: Scope, options: StoreOptions): Promise<Handle> {
    const [provider, chosen] = pick("store", this.stores, kind);
    checkScope("store", chosen, provider.kinds.get(chosen)!.scope, need);
    return provider.create(chosen, options);
  }

  async openStore(handle: Handle): Promise<TicketStore> {
    return find("store", this.stores, handle).open(handle);
  }
}

type Kinds = { readonly module: string; readonly kinds: ReadonlyMap<string, unknown> };

function kindsOf(providers: readonly Kinds[]): string[] {
  return providers.flatMap((provider) => [...provider.kinds.keys()]);
}

function pick<P extends Kinds>(
  what: "lock" | "store",
  providers: readonly P[],
  kind: string | undefined,
): [P, string] {
  for (const provider of providers) {
    const chosen = kind ?? provider.kinds.keys().next().value;
    if (chosen !== undefined && provider.kinds.has(chosen)) return [provider, chosen];
  }
  const code = what === "lock" ? "LOCK_UNSUPPORTED" : "STORE_UNSUPPORTED";
  const known = kindsOf(providers).join(", ") || "none";
  throw new TicketlockError(
    code,
    `Cannot make a ${what} of kind ${String(kind)}: no adapter here offers it. Known: ${known}.`,
  );
}

function find<P extends Kinds>(what: "lock" | "store", providers: readonly P[], given: Handle): P {
  // It may have come in a message.
  const handle = parseHandle(given);
  const provider = providers.find(
    (one) => one.module === handle.module && one.kinds.has(handle.kind),
  );
  if (provider !== undefined) return provider;
  throw new TicketlockError(
    "HANDLE_INVALID",
    `Cannot open the ${what}'s handle: it is of ${handle.module}, kind ${handle.kind}, and no adapter that this program has loaded opens that.`,
  );
}

function checkScope(what: "lock" | "store", kind: string, have: Scope, need: Scope): void {
  if (scopeCovers(have, need)) return;
  throw new TicketlockError(
    "LOCK_SCOPE",
    `Cannot share a ${what} of kind ${kind} between these contenders: its scope is ${have}, they need ${need}. Choose a ${what} of wider scope.`,
  );
}
