import { expect, test } from "vitest";
import { scratchPath, startProgram } from "./kit.ts";
import { bothSawOld, openLitmus, type Order } from "./programs/store-buffer.ts";

/** Two processes each write a word and then read the other's (the store-buffer litmus test), round by round. */
async function play(order: Order): Promise<number> {
  const path = scratchPath();
  const file = openLitmus(path);
  const sides = await Promise.all(
    ["0", "1"].map((side) => startProgram("store-buffer", [path, side, order])),
  );
  for (const { ended } of sides) expect(await ended).toEqual([0, null]);
  const rounds = bothSawOld(file);
  file.close();
  return rounds;
}

test("with Atomics on mapped words, one of two processes sees what the other has written", async () => {
  expect(await play("sound")).toBe(0);
});

test("the same test finds out a program that reads before it writes", async () => {
  expect(await play("reordered")).toBeGreaterThan(0);
});
