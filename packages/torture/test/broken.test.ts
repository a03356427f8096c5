/**
 * P16: every broken lock and store turns the torture red, by rounds as they are drawn. `directed.test.ts` has those
 * that draws would come to too seldom, and what is sound.
 */
import { describe, expect, test } from "vitest";
import { directedTwins, elsewhere, sound, twins } from "./support/twin-table.ts";
import { BROKEN, huntFor, LIMIT_MS, sentences, TEST_LIMIT_MS } from "./support/twins.ts";

const ROUNDS = 25;

/** All that has one thing wrong, by kind, as the suite's modules name them. */
async function brokenKinds(): Promise<string[]> {
  const tables = ["bareDefects bare-mutex", "lockDefects defective-locks", "storeDefects defective-stores", "clusterDefects cluster-defects", "mappedDefects mapped-defects", "lostDefects lost-defects", "runtimesDefects broken-runtimes"]; // prettier-ignore
  const kinds = await Promise.all(
    tables.map(async (table) => {
      const [name, file] = table.split(" ") as [string, string];
      const module = (await import(new URL(`${file}.ts`, BROKEN).href)) as Record<string, object>;
      return Object.keys(module[name]!);
    }),
  );
  return kinds.flat();
}

test("every broken lock and store of the conformance suite is hunted, or said to be found elsewhere", async () => {
  const hunted = Object.values(twins).flatMap(({ lock, store }) => [lock, store ?? lock]);
  const known = new Set([...hunted, ...sound, ...directedTwins, ...Object.keys(elsewhere)]);
  expect((await brokenKinds()).filter((kind) => !known.has(kind))).toEqual([]);
  expect(Object.keys(elsewhere).filter((kind) => hunted.includes(kind))).toEqual([]);
});

describe("drawn rounds find out", { timeout: TEST_LIMIT_MS }, () => {
  test.for(Object.entries(twins))("%s", async ([, twin]) => {
    const found = sentences(await huntFor(twin, ROUNDS, LIMIT_MS));
    expect(found).toContainEqual(expect.stringMatching(twin.says));
  });
});
