import process from "node:process";
import {
  type Adapter,
  type Launcher,
  type LockGuarantees,
  neededScope,
  Providers,
  type Scope,
  type StoreGuarantees,
} from "@ticketlock/core";
import { launchersOf, unitOf } from "../run/launchers.ts";
import { type WordsPlace, wordsPlace } from "../run/shared-words.ts";

/** What adapters that share a session declare, as plain data: they were asked in the owner's runtime. */
export interface CatalogueEntry {
  /** The adapter's name; of several, `A+B`. */
  readonly adapter: string;
  /** Where the contenders run; `mixed` if not all of them run in the same one. */
  readonly runtime: Launcher["runtime"] | "mixed";
  readonly unit: Launcher["unit"];
  /** How many launchers start the contenders in turn: with fewer contenders not each has one. */
  readonly launchers: number;
  /** The least scope that a lock or store must have. */
  readonly scope: Scope;
  /** Where the words lie that contenders count on. */
  readonly words: WordsPlace;
  /** Versions of the runtimes and of their engines, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** In the order of declaration, the controls of core last; the first one is the default. */
  readonly locks: readonly { readonly kind: string; readonly guarantees: LockGuarantees }[];
  readonly stores: readonly { readonly kind: string; readonly guarantees: StoreGuarantees }[];
}

/** What adapters that are loaded here declare; `null` if none of them starts contenders. */
export function describeAdapters(adapters: readonly Adapter[]): CatalogueEntry | null {
  const launchers = launchersOf(adapters);
  const [first] = launchers;
  if (first === undefined) return null;
  const providers = new Providers(adapters);
  const unit = unitOf(adapters);
  const isMixed = launchers.some(({ runtime }) => runtime !== first.runtime);
  return {
    adapter: adapters.map(({ name }) => name).join("+"),
    runtime: isMixed ? "mixed" : first.runtime,
    unit,
    launchers: launchers.length,
    scope: neededScope(launchers),
    words: wordsPlace(unit),
    versions: ownVersions(),
    locks: kindsOf(providers.locks),
    stores: kindsOf(providers.stores),
  };
}

/** Of several providers of one kind the first makes it. */
function kindsOf<G>(
  list: readonly { readonly kinds: ReadonlyMap<string, G> }[],
): { kind: string; guarantees: G }[] {
  const kinds = new Map<string, G>();
  for (const [kind, guarantees] of list.flatMap((provider) => [...provider.kinds]))
    if (!kinds.has(kind)) kinds.set(kind, guarantees);
  return [...kinds].map(([kind, guarantees]) => ({ kind, guarantees }));
}

function ownVersions(): Record<string, string> {
  const { node = "", deno, bun, v8 = "" } = process.versions;
  if (deno !== undefined) return { deno, "deno's v8": v8 };
  return bun === undefined ? { node, v8 } : { bun };
}
