import { type AdapterEntry, runJob, runtimes } from "@ticketlock/harness";
import type { Declared } from "../jobs/declare.ts";

const job = new URL("../jobs/declare.ts", import.meta.url);

/**
 * For each kind of lock that reaches several runtimes, by name: the first of these adapters in each
 * runtime that declares it and starts processes. Node's comes first, and so owns the sessions.
 */
export async function mixedCasts(
  entries: readonly AdapterEntry[],
): Promise<ReadonlyMap<string, readonly AdapterEntry[]>> {
  const casts = new Map<string, AdapterEntry[]>();
  const inOrder = runtimes.flatMap((runtime) => entries.filter((one) => one.runtime === runtime));
  for (const entry of inOrder) {
    const { kinds, startsProcesses } = (await runJob(entry, job, null)) as Declared;
    if (!startsProcesses) continue;
    for (const kind of kinds) {
      const cast = casts.get(kind) ?? [];
      if (cast.every(({ runtime }) => runtime !== entry.runtime)) casts.set(kind, [...cast, entry]);
    }
  }
  return casts;
}
