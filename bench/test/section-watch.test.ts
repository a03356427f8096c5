import { beforeEach, expect, test } from "vitest";
import { createWords, INSIDE, LAST_TOKEN, type SharedWords } from "../src/run/shared-words.ts";
import { SectionWatch } from "../src/workloads/section-watch.ts";

let words: SharedWords;
beforeEach(() => {
  words = createWords("thread").words;
});
const watch = (index: number): SectionWatch => new SectionWatch(words, INSIDE, LAST_TOKEN, index);

test("SectionWatch sees nothing where one follows the other", () => {
  const [a, b] = [watch(0), watch(1)];
  for (const [who, token] of [
    [a, 1],
    [b, 2],
    [a, 3],
  ] as const) {
    who.enter(token);
    who.leave();
  }
  expect([a.overlaps, b.overlaps, a.tokensOutOfOrder, b.tokensOutOfOrder]).toEqual([0, 0, 0, 0]);
});

test("SectionWatch sees one that comes in while another is inside, from both sides", () => {
  const [a, b] = [watch(0), watch(1)];
  a.enter(0);
  b.enter(0);
  a.leave();
  expect([a.overlaps, b.overlaps]).toEqual([1, 1]);
});

test("SectionWatch sees tokens that do not rise, across a wrap of their low 32 bits too", () => {
  const [a, b] = [watch(0), watch(1)];
  const pass = (who: SectionWatch, token: number): void => {
    who.enter(token);
    who.leave();
  };
  // Nothing seen yet counts as 0.
  pass(a, 2 ** 31 - 1);
  pass(b, 2 ** 31 + 2 ** 30);
  pass(a, 2 ** 32);
  pass(b, 2 ** 32 + 1);
  expect([a.tokensOutOfOrder, b.tokensOutOfOrder]).toEqual([0, 0]);
  pass(a, 2 ** 32 + 1);
  expect(a.tokensOutOfOrder).toBe(1);
});

test("SectionWatch takes one that died inside for no overlap once it is forgotten", () => {
  const [dead, next] = [watch(0), watch(1)];
  dead.enter(0);
  next.forgetTheDead();
  next.enter(0);
  next.leave();
  expect(next.overlaps).toBe(0);
});
