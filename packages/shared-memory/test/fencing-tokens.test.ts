import type { Program } from "@ticketlock/explorer";
import { describe, expect, test } from "vitest";
import { FastWord } from "../src/fast-word.ts";
import { tokenOf, TokensAmongOthers } from "../src/fencing-tokens.ts";
import { explore } from "./explore.ts";

const LOW = 0;
const HIGH = 1;
const HIGHEST = 2;
/** Stays as it begins: the explorer keeps the memory. */
const words = new Int32Array(3);
const low = new FastWord(words, LOW);
/** The explorer sees what goes through Atomics: here the plain read of the high word does. */
const watched = new Proxy(words, {
  get: (target, key) =>
    key === String(HIGH) ? Atomics.load(words, HIGH) : Reflect.get(target, key, target),
});
/** The first token of a model: after the next one the low word wraps. */
const FIRST = tokenOf(-2, 0);

type Issue = () => number;
const issue: Issue = () => {
  const tokens = new TokensAmongOthers(watched, LOW, low);
  tokens.low = FIRST | 0; // right for whoever comes first
  tokens.issue();
  return tokenOf(tokens.low, tokens.high);
};
/** Looks at the high word only when its number is its own already. */
const issueHighLate: Issue = () => tokenOf(issue() | 0, Atomics.load(words, HIGH));

/** A token in a word that keeps the order: the last 4 bits of its low word are enough to tell these few. */
const rank = (token: number): number => Math.floor(token / 2 ** 32) * 16 + ((token | 0) & 15);

/** Issues, and compares with the highest token of those that were known before. */
const issuer =
  (next: Issue): Program =>
  (steps) => {
    const before = Atomics.load(words, HIGHEST);
    steps.mark("knows", before);
    const mine = rank(next());
    steps.mark("has", mine, before);
    if (mine <= before) throw new Error(`token ${mine} after ${before}`);
    for (let seen = Atomics.load(words, HIGHEST); seen < mine;) {
      steps.mark("publishes", seen, mine);
      seen = Atomics.compareExchange(words, HIGHEST, seen, mine);
    }
  };

words[LOW] = FIRST | 0;
words[HIGHEST] = rank(FIRST);

const check = (next: Issue): ReturnType<typeof explore> =>
  explore({
    threads: ["A", "B", "C"].map((name) => ({ name, program: issuer(next) })),
  });

describe(
  "tokens where the low word wraps, under every interleaving of 3 who issue one",
  { timeout: 300_000 },
  () => {
    test("are issued once, and none after a higher one", () => {
      const { verdict, violation } = check(issue);
      expect({ verdict, violation }).toEqual({ verdict: "proved" });
    });

    test("would not be if the high word were read after the low one has changed", () => {
      expect(check(issueHighLate).violation).toMatch(/token \d+ after \d+/);
    });
  },
);
