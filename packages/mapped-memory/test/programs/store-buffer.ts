import { MappedFile } from "../../src/mapped-file.ts";
import type { MappedKind } from "../../src/mapped-header.ts";

const kind: MappedKind = { name: "litmus of a test", number: 98, version: 1 };

export const ROUNDS = 20_000;
/** Each on a line of its own: what a side says it has written, and the round for which it is ready. */
const WRITTEN = [64, 128];
const READY = [192, 256];
/** For each round 1 where the side still read what was there before. */
const SAW_OLD: readonly [number, number] = [512, 512 + ROUNDS];

/** `sound`: writes, then reads; `reordered`: the other way round, as a processor without Atomics may have it. */
export type Order = "sound" | "reordered";

export function openLitmus(path: string): MappedFile {
  const words = SAW_OLD[1] + ROUNDS;
  return MappedFile.open(path, { kind, create: { words, initialise() {} }, renew() {} });
}

/** Rounds in which both sides read what was there before: none, if writes and reads keep one order. */
export function bothSawOld({ words }: MappedFile): number {
  let rounds = 0;
  for (let round = 0; round < ROUNDS; round++)
    if (words[SAW_OLD[0] + round] === 1 && words[SAW_OLD[1] + round] === 1) rounds++;
  return rounds;
}

function run(words: Int32Array, side: 0 | 1, order: Order): void {
  const other = 1 - side;
  const [mine, theirs] = [WRITTEN[side]!, WRITTEN[other]!];
  for (let round = 1; round <= ROUNDS; round++) {
    Atomics.store(words, READY[side]!, round);
    while (Atomics.load(words, READY[other]!) < round) Atomics.pause();
    let seen = 0;
    if (order === "sound") {
      Atomics.store(words, mine, round);
      seen = Atomics.load(words, theirs);
    } else {
      seen = Atomics.load(words, theirs);
      Atomics.store(words, mine, round);
    }
    if (seen < round) words[SAW_OLD[side] + round - 1] = 1;
  }
}

const [path, side, order] = process.argv.slice(2);
if (import.meta.main) {
  const file = openLitmus(path!);
  process.send?.("up");
  run(file.words, side === "0" ? 0 : 1, order as Order);
  file.close();
  process.disconnect?.();
}
