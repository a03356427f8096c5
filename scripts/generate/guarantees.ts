import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LockGuarantees, StoreGuarantees } from "../../packages/core/src/index.ts";
import { type AdapterEntry, listAdapters, runJob } from "../../packages/harness/src/index.ts";
import type { GeneratedFile } from "../generate.ts";
import { fillSlot } from "../generated-slot.ts";
import { markdownTable } from "../markdown-table.ts";

const document = "README.md";
const lockPages = "docs/locks";

/** A kind of lock or store as a package declares it. */
interface Kind<G> {
  readonly module: string;
  readonly kind: string;
  readonly guarantees: G;
}

interface Declared {
  readonly locks: readonly Kind<LockGuarantees>[];
  readonly stores: readonly Kind<StoreGuarantees>[];
}

/** A kind, and the adapters that offer it. */
interface Offer<G> extends Kind<G> {
  readonly adapters: string[];
}

/**
 * The tables of guarantees in the README, from what each adapter of the workspace declares. An
 * adapter is asked in its own runtime, since it may not load in another.
 */
export async function generate(root: string): Promise<readonly GeneratedFile[]> {
  const entries = listAdapters(root);
  const declared: Declared[] = [];
  for (const entry of entries) declared.push(await ask(root, entry));
  const locks = offers(
    entries,
    declared.map((one) => one.locks),
  );
  const stores = offers(
    entries,
    declared.map((one) => one.stores),
  );
  const readme = readFileSync(join(root, document), "utf8");
  const withLocks = fillSlot(readme, "locks", lockTable(locks, pages(root)), document);
  return [{ path: document, content: fillSlot(withLocks, "stores", storeTable(stores), document) }];
}

async function ask(root: string, entry: AdapterEntry): Promise<Declared> {
  const job = pathToFileURL(join(root, "scripts", "jobs", "declared-kinds.ts"));
  return (await runJob([entry], job, null)) as Declared;
}

/** Kinds that several adapters offer with the same promises share a row. */
function offers<G>(
  entries: readonly AdapterEntry[],
  declared: readonly (readonly Kind<G>[])[],
): readonly Offer<G>[] {
  const rows = new Map<string, Offer<G>>();
  entries.forEach((entry, i) => {
    for (const one of declared[i] ?? []) {
      const key = JSON.stringify(one);
      const row = rows.get(key) ?? { ...one, adapters: [] };
      row.adapters.push(entry.name);
      rows.set(key, row);
    }
  });
  return [...rows.values()];
}

/** The page of each lock kind that has one; a page about several is named after all: a-and-b.md. */
function pages(root: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(join(root, lockPages)).flatMap((file) =>
      file
        .replace(/\.md$/, "")
        .split("-and-")
        .map((kind) => [kind, `${lockPages}/${file}`] as const),
    ),
  );
}

function lockTable(
  locks: readonly Offer<LockGuarantees>[],
  pageOf: ReadonlyMap<string, string>,
): string {
  const rows = locks
    // Controls of the experiment come last.
    .toSorted((a, b) => Number(b.guarantees.exclusive) - Number(a.guarantees.exclusive))
    .map(({ kind, adapters, guarantees: g }) => [
      pageOf.has(kind) ? `[\`${kind}\`](${pageOf.get(kind)})` : `\`${kind}\``,
      adapters.join(", "),
      g.scope,
      yes(g.exclusive),
      yes(g.fifo),
      yes(g.blocking),
      g.tokens,
      g.ownerDeath,
    ]);
  const head = [
    "Lock",
    "Adapter",
    "Scope",
    "Exclusive",
    "FIFO",
    "Blocking",
    "Tokens rise",
    "Death",
  ];
  return markdownTable(head, rows);
}

function storeTable(stores: readonly Offer<StoreGuarantees>[]): string {
  const rows = stores.map(({ kind, adapters, guarantees: g }) => [
    `\`${kind}\``,
    adapters.join(", "),
    g.scope,
    yes(g.atomic),
    yes(g.versioned),
    yes(g.fenced),
    yes(g.idempotent),
    yes(g.journal),
    g.durability,
  ]);
  const head = [
    "Store",
    "Adapter",
    "Scope",
    "Atomic",
    "Versioned",
    "Fenced",
    "Idempotent",
    "Journal",
    "A sale survives",
  ];
  return markdownTable(head, rows);
}

function yes(promised: boolean): string {
  return promised ? "yes" : "no";
}
