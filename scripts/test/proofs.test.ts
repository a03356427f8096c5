import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findProofs } from "../proofs/find-proofs.ts";
import { keyOf, PAGE_PATH, readRows, renderPage } from "../proofs/proof-page.ts";
import { nameOf, proofRow } from "../proofs/proof-row.ts";
import { repositoryRoot } from "../workspace.ts";

/** Rows with more states are explored by `pnpm proofs` only. */
const MOST_STATES = 150_000;
const limitMs = 120_000;

const page = readFileSync(join(repositoryRoot, PAGE_PATH), "utf8");
const rows = readRows(page);
const proofs = await findProofs(repositoryRoot);
const small = proofs.filter((proof) => {
  const row = rows.find((one) => keyOf(one) === keyOf(nameOf(proof)));
  return row !== undefined && Number(row.states.replaceAll(" ", "")) <= MOST_STATES;
});

describe(PAGE_PATH, () => {
  test("is written as `pnpm proofs` writes it", () => {
    expect(renderPage(rows)).toBe(page);
  });

  test("has a row for each proof that the packages list, and no other", () => {
    expect(rows.map(keyOf)).toEqual(proofs.map((proof) => keyOf(nameOf(proof))));
  });

  test("refutes nothing", () => {
    expect(rows.filter(({ verdict }) => verdict.startsWith("VIOLATION"))).toEqual([]);
  });

  test("has rows of each lock that are small enough to be explored here", () => {
    const locks = (list: readonly { readonly lock: string }[]): Set<string> =>
      new Set(list.map(({ lock }) => lock));
    expect(locks(small)).toEqual(locks(rows));
  });

  test.for(small.map((proof) => ({ name: keyOf(nameOf(proof)), proof })))(
    "tells what comes out: $name",
    { timeout: limitMs },
    ({ name, proof }) => {
      expect(proofRow(proof)).toEqual(rows.find((row) => keyOf(row) === name));
    },
  );
});
