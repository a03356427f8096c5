import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findProofs } from "../proofs/find-proofs.ts";
import { keyOf, PAGE_PATH, readRows, readSources, renderPage } from "../proofs/proof-page.ts";
import { sourcesHash } from "../proofs/proof-sources.ts";
import { nameOf, proofRow, type ProofRow } from "../proofs/proof-row.ts";
import { repositoryRoot } from "../workspace.ts";

const limitMs = 300_000;

const page = readFileSync(join(repositoryRoot, PAGE_PATH), "utf8");
const rows = readRows(page);
const proofs = await findProofs(repositoryRoot);
const states = (row: ProofRow): number => Number(row.states.replaceAll(" ", ""));
/** Those with fewer states than the others, which `pnpm proofs` alone explores. */
const smaller = rows.toSorted((a, b) => states(a) - states(b)).slice(0, Math.ceil(rows.length / 2));
const smallKeys = new Set(smaller.map(keyOf));
const small = proofs.filter((proof) => smallKeys.has(keyOf(nameOf(proof))));

describe(PAGE_PATH, () => {
  test("is written as `pnpm proofs` writes it", () => {
    expect(renderPage(rows, readSources(page)!)).toBe(page);
  });

  test("is of the explorer, the locks and the models as they are: else run `pnpm proofs`", () => {
    expect(readSources(page)).toBe(sourcesHash(repositoryRoot));
  });

  test("has a row for each proof that the packages list, and no other", () => {
    expect(rows.map(keyOf)).toEqual(proofs.map((proof) => keyOf(nameOf(proof))));
  });

  test("refutes nothing", () => {
    expect(rows.filter(({ verdict }) => verdict.startsWith("VIOLATION"))).toEqual([]);
  });

  test("has rows of each lock in the smaller half, which is explored here", () => {
    const locks = (list: readonly { readonly lock: string }[]): Set<string> =>
      new Set(list.map(({ lock }) => lock));
    expect(locks(small)).toEqual(locks(proofs));
  });

  test.for(small.map((proof) => ({ name: keyOf(nameOf(proof)), proof })))(
    "tells what comes out: $name",
    { timeout: limitMs },
    ({ name, proof }) => {
      expect(proofRow(proof)).toEqual(rows.find((row) => keyOf(row) === name));
    },
  );
});
