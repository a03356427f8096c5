import { Providers } from "../../packages/core/src/index.ts";
import type { Job } from "../../packages/harness/src/index.ts";

/** The kinds of locks and stores that the adapters of this process declare, as plain data. */
const declaredKinds: Job = ({ adapters }) => {
  const { locks, stores } = new Providers(adapters);
  const list = (providers: readonly { module: string; kinds: ReadonlyMap<string, unknown> }[]) =>
    providers.flatMap(({ module, kinds }) =>
      [...kinds].map(([kind, guarantees]) => ({ module, kind, guarantees })),
    );
  return { locks: list(locks), stores: list(stores) };
};

export default declaredKinds;
