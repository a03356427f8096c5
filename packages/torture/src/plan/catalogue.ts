import { scopeCovers } from "@ticketlock/core";
import { type AdapterEntry, type Runtime, runJob } from "@ticketlock/harness";
import type { Declared } from "../jobs/declare.ts";
import { moduleBeside } from "../module-beside.ts";
import type { Cast } from "./cast.ts";

/** Everything that can be tormented: each adapter by itself, and those of several runtimes together. */
export interface Catalogue {
  readonly casts: readonly Cast[];
  readonly entries: ReadonlyMap<string, AdapterEntry>;
}

const RUNTIMES: readonly Runtime[] = ["node", "deno", "bun"];

/**
 * Asks each adapter, in its own runtime, what it declares. Adapters without a launcher or an
 * exclusive lock for its contenders are left out.
 * @throws {TicketlockError} what a runtime or an adapter that cannot be used throws
 */
export async function readCatalogue(
  entries: readonly AdapterEntry[],
  signal?: AbortSignal,
): Promise<Catalogue> {
  const job = moduleBeside("./jobs/declare");
  const known: [AdapterEntry, Declared][] = [];
  for (const entry of entries) {
    const declared = (await runJob(entry, job, null, { signal })) as Declared;
    if (declared.unit !== undefined && declared.locks.length > 0) known.push([entry, declared]);
  }
  return {
    casts: [...known.map(aloneCast), ...mixedCasts(known)],
    entries: new Map(entries.map((entry) => [entry.name, entry])),
  };
}

function aloneCast([{ name, runtime }, { unit, locks, stores }]: [AdapterEntry, Declared]): Cast {
  const plain = <G>({ kind, guarantees }: { kind: string; guarantees: G }): { kind: string; guarantees: G } => ({ kind, guarantees }); // prettier-ignore
  return {
    name,
    adapters: [name],
    runtimes: [runtime],
    unit: unit!,
    locks: locks.map(plain),
    stores: stores.map(plain),
  };
}

/**
 * For each lock that reaches several runtimes: the first adapter of each runtime that offers it and
 * starts processes, together. Node's comes first, whose process then owns the session.
 */
function mixedCasts(known: readonly [AdapterEntry, Declared][]): Cast[] {
  const casts = new Map<string, Cast>();
  const processes = RUNTIMES.flatMap((runtime) =>
    known.filter(([entry, { unit }]) => entry.runtime === runtime && unit === "process"),
  );
  const wide = processes.flatMap(([, { locks }]) =>
    locks.filter(({ guarantees }) => scopeCovers(guarantees.scope, "runtimes")),
  );
  for (const lock of new Map(wide.map((each) => [`${each.kind} ${each.module}`, each])).values()) {
    const offering = processes.filter(([, { locks }]) => locks.some((one) => isSame(one, lock)));
    const members = RUNTIMES.map((runtime) =>
      offering.find(([entry]) => entry.runtime === runtime),
    ).filter((member) => member !== undefined);
    if (members.length < 2) continue;
    const name = members.map(([entry]) => entry.name).join("+");
    const before = casts.get(name);
    const { kind, guarantees } = lock;
    casts.set(name, {
      name,
      adapters: members.map(([entry]) => entry.name),
      runtimes: members.map(([entry]) => entry.runtime),
      unit: "process",
      locks: [...(before?.locks ?? []), { kind, guarantees }],
      stores: sharedStores(members.map(([, declared]) => declared)),
    });
  }
  return [...casts.values()];
}

function sharedStores(all: readonly Declared[]): Cast["stores"] {
  const [first, ...others] = all;
  return first!.stores
    .filter(({ guarantees }) => scopeCovers(guarantees.scope, "runtimes"))
    .filter((store) => others.every(({ stores }) => stores.some((one) => isSame(one, store))))
    .map(({ kind, guarantees }) => ({ kind, guarantees }));
}

interface Named {
  readonly module: string;
  readonly kind: string;
}

function isSame(one: Named, other: Named): boolean {
  return one.module === other.module && one.kind === other.kind;
}
