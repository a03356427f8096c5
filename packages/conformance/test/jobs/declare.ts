import { type Launcher, scopeCovers } from "@ticketlock/core";
import type { JobContext } from "@ticketlock/harness";

/** What an adapter brings to a session of several runtimes. */
export interface Declared {
  readonly runtime: Launcher["runtime"] | undefined;
  /** True if it starts processes, which another runtime's owner can do as well. */
  readonly startsProcesses: boolean;
  /** Kinds of locks that reach other runtimes, with the package that opens them. */
  readonly kinds: readonly string[];
}

/** Says what the first adapter declares; asked in its own runtime. */
export default function declare({ adapters }: JobContext): Declared {
  const { launcher, locks } = adapters[0]!;
  const kinds = locks.flatMap(({ module, kinds }) =>
    [...kinds]
      .filter(([, { exclusive, scope }]) => exclusive && scopeCovers(scope, "runtimes"))
      .map(([kind]) => `${kind} of ${module}`),
  );
  return { runtime: launcher?.runtime, startsProcesses: launcher?.unit === "process", kinds };
}
