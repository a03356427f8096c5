import {
  type LockGuarantees,
  neededScope,
  scopeCovers,
  type StoreGuarantees,
} from "@ticketlock/core";
import type { JobContext } from "@ticketlock/harness";

interface Declaration<G> {
  /** Package that opens it: kinds of one name may be different things. */
  readonly module: string;
  readonly kind: string;
  readonly guarantees: G;
}

/** What an adapter declares, as its own runtime sees it. */
export interface Declared {
  readonly unit: "thread" | "process" | undefined;
  /** Those that its own contenders can share; locks without exclusion are left out. */
  readonly locks: readonly Declaration<LockGuarantees>[];
  readonly stores: readonly Declaration<StoreGuarantees>[];
}

/** Says what the first adapter declares. */
export default function declare({ adapters }: JobContext): Declared {
  const { launcher, locks, stores } = adapters[0]!;
  if (launcher === undefined) return { unit: undefined, locks: [], stores: [] };
  const need = neededScope([launcher]);
  return {
    unit: launcher.unit,
    locks: declarations(locks).filter(
      ({ guarantees }) => guarantees.exclusive && scopeCovers(guarantees.scope, need),
    ),
    stores: declarations(stores).filter(({ guarantees }) => scopeCovers(guarantees.scope, need)),
  };
}

function declarations<G>(
  providers: readonly { readonly module: string; readonly kinds: ReadonlyMap<string, G> }[],
): Declaration<G>[] {
  return providers.flatMap(({ module, kinds }) =>
    [...kinds].map(([kind, guarantees]) => ({ module, kind, guarantees })),
  );
}
