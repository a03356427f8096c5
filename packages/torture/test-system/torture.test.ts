/**
 * The short version of the torture: a minute of a fixed seed, and a minute of one that is drawn from the date. The
 * second is printed; a violation says how to play it again.
 */
import { expect, test } from "vitest";
import { startMain } from "../test/support/run-main.ts";

const FIXED_SEED = 1;
const TEST_LIMIT_MS = 300_000;

/** Of the day, as 20261128. */
const seedOfToday = Number(new Date().toISOString().slice(0, 10).replaceAll("-", ""));

test.for([
  ["the fixed seed", FIXED_SEED],
  ["today's seed", seedOfToday],
] as const)("a minute of %s finds no violation", { timeout: TEST_LIMIT_MS }, async ([, seed]) => {
  const { code, stdout, stderr } = await startMain(["--minutes", "1", "--seed", String(seed)]).done;
  console.log(stdout);
  expect(code, `seed ${seed}:\n${stdout}\n${stderr}`).toBe(0);
});
