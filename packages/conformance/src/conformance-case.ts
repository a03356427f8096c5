import type { Adapter, Scope, StoreGuarantees } from "@ticketlock/core";
import { Arena, type ArenaOptions } from "./kit/arena.ts";

/** A case as it is registered: a name of its own, and a body that throws if the promise is broken. */
export interface ConformanceCase {
  readonly name: string;
  /** True if it belongs to the quick part of its lock kind. */
  readonly quick: boolean;
  /** The lock kind that it tries, if it tries one. */
  readonly lockKind: string | undefined;
  readonly run: () => Promise<void>;
}

/** What the suite is set to. */
export interface ConformanceOptions {
  /** Runs only cases whose name contains one of these texts. Default: all. */
  readonly only?: readonly string[];
  /** Adapters that lend what this one does not offer: a launcher, a lock, a store. Their own kinds are not tried. */
  readonly alongside?: readonly Adapter[];
  /** Contenders of an ordinary case, from 2. Default 4; of several runtimes 2 for each. */
  readonly contenders?: number;
  /** Milliseconds after which something that should happen counts as never happening. Default 10 000. */
  readonly limitMs?: number;
  /** Flags that a fresh process of this runtime needs, for the cases that start one. */
  readonly runtimeFlags?: readonly string[];
  /** Kills contenders before and after every atomic operation, not a sample of them, and a hundred times at random. Takes minutes. Default false. */
  readonly thorough?: boolean;
  /** What is chosen at random repeats with it. An integer; default 1. */
  readonly seed?: number;
}

/** A whole case may take so many times its limit for one wait, unless it says otherwise. */
const LIMITS_PER_CASE = 4;
const DEFAULT_LIMIT_MS = 10_000;

/** What cases run with over these adapters, where options do not say otherwise. */
export function arenaOptions(
  adapters: readonly Adapter[],
  usualContenders: number,
  { contenders = usualContenders, limitMs = DEFAULT_LIMIT_MS, thorough = false, seed = 1 }: ConformanceOptions, // prettier-ignore
): ArenaOptions {
  return { adapters, contenders, limitMs, thorough, seed };
}

/** A case that runs in an arena of its own. `limits`: how many times the limit for one wait it may take. */
export function conformanceCase(
  options: ArenaOptions,
  name: string,
  body: (arena: Arena) => Promise<void>,
  limits: number = LIMITS_PER_CASE,
): ConformanceCase {
  const run = (): Promise<void> => Arena.hold(options, body, limits);
  return { name, quick: false, lockKind: undefined, run };
}

/** Those of the cases that the options ask for. */
export function chosen(
  cases: readonly ConformanceCase[],
  { only }: ConformanceOptions,
): ConformanceCase[] {
  return cases.filter(({ name }) => only === undefined || only.some((text) => name.includes(text)));
}

/** A kind of lock or store, and what it declares. */
export type Kind<G> = readonly [kind: string, guarantees: G];

/** All kinds of some providers. */
export function kindsOf<G>(
  providers: readonly { readonly kinds: ReadonlyMap<string, G> }[],
): Kind<G>[] {
  return providers.flatMap(({ kinds }) => [...kinds]);
}

/** True if a store declares all of this. */
export function declares(guarantees: StoreGuarantees, needs: Partial<StoreGuarantees>): boolean {
  return (Object.keys(needs) as (keyof StoreGuarantees)[]).every(
    (key) => guarantees[key] === needs[key],
  );
}

/** What anything that is shared declares. */
export interface Scoped {
  readonly scope: Scope;
}
