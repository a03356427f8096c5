import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { proofSources, sourcesHash } from "../proofs/proof-sources.ts";

const files: Readonly<Record<string, string>> = {
  "packages/explorer/src/index.ts": 'export { explore } from "./explore.ts";\n',
  "packages/explorer/src/explore.ts": "export function explore(): void {}\n",
  "packages/words/package.json": '{ "name": "@ticketlock/words" }\n',
  "packages/words/src/index.ts":
    'export { word } from "./word.ts";\nexport { other } from "./other.ts";\n',
  "packages/words/src/word.ts": "export const word = 1;\n",
  "packages/words/src/other.ts": "export const other = 1;\n",
  "packages/locks/package.json": '{ "name": "@ticketlock/locks" }\n',
  "packages/locks/src/lock.ts":
    'import { type Other, word } from "@ticketlock/words";\n\nexport const lock: Other = word;\n',
  "packages/locks/src/unused.ts": "export const unused = 1;\n",
  "packages/locks/test/proofs.ts":
    'import type { Proof } from "@ticketlock/words";\nimport { lock } from "../src/lock.ts";\nexport const proofs: Proof[] = [lock];\n',
};

let root = "";

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ticketlock-proof-sources-"));
  for (const [path, text] of Object.entries(files)) write(path, text);
});
afterEach(() => rmSync(root, { recursive: true }));

describe("the sources of proofs", () => {
  test("are the explorer and what the lists of proofs come to by their imports", () => {
    expect(proofSources(root).map((file) => relative(root, file))).toEqual([
      "packages/explorer/src/explore.ts",
      "packages/explorer/src/index.ts",
      "packages/locks/src/lock.ts",
      "packages/locks/test/proofs.ts",
      "packages/words/src/word.ts",
    ]);
  });

  test.for(["packages/explorer/src/explore.ts", "packages/words/src/word.ts"])(
    "have another hash when code changes in %s",
    (path) => {
      const before = sourcesHash(root);
      write(path, `${files[path]}export const more = 1;\n`);
      expect(sourcesHash(root)).not.toBe(before);
    },
  );

  test("have the same hash when a comment changes, or another file", () => {
    const before = sourcesHash(root);
    const path = "packages/words/src/word.ts";
    write(path, `/**\n * What a word is.\n */\n${files[path]}// No more.\n\n/** The end. */\n`);
    write("packages/words/src/other.ts", "export const other = 2;\n");
    expect(sourcesHash(root)).toBe(before);
  });
});
