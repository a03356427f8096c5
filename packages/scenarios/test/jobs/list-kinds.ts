import {
  type Launcher,
  type LockGuarantees,
  scopeCovers,
  type StoreGuarantees,
} from "@ticketlock/core";
import type { JobContext } from "@ticketlock/harness";

/** The kinds of locks and stores that an adapter's contenders can share, with what they declare. */
export interface ListedKinds {
  /** What its contenders are, if it starts any. */
  readonly unit?: Launcher["unit"] | undefined;
  readonly locks: readonly { readonly kind: string; readonly guarantees: LockGuarantees }[];
  readonly stores: readonly { readonly kind: string; readonly guarantees: StoreGuarantees }[];
}

/** Asks the first adapter in its own runtime. */
export default function listKinds({ adapters }: JobContext): ListedKinds {
  const { launcher, locks, stores } = adapters[0]!;
  const reaches = ({ guarantees }: { guarantees: { scope: LockGuarantees["scope"] } }): boolean =>
    launcher !== undefined && scopeCovers(guarantees.scope, launcher.scope);
  return {
    unit: launcher?.unit,
    locks: kindsOf(locks).filter(reaches),
    stores: kindsOf(stores).filter(reaches),
  };
}

function kindsOf<G>(
  providers: readonly { readonly kinds: ReadonlyMap<string, G> }[],
): { kind: string; guarantees: G }[] {
  return providers.flatMap(({ kinds }) =>
    [...kinds].map(([kind, guarantees]) => ({ kind, guarantees })),
  );
}
