import { MappedFile } from "../../src/mapped-file.ts";
import type { MappedKind } from "../../src/mapped-header.ts";

const kind: MappedKind = { name: "tally of a test", number: 99, version: 1 };

/** Words that the contenders of a test share. A and B are equal outside the section. */
export const A = 32;
export const B = 33;
export const REPAIRED = 34;
export const OVERLAPS = 35;
export const ABANDONED = 36;
/** The last token that anybody had, in one word, and how often one was not greater than it. */
export const LAST_TOKEN = 37;
export const TOKENS_REPEATED = 38;
/** Turns of each contender. */
export const TURNS = 64;

/** Opens the words at `path`, or makes them. */
export function openTally(path: string): MappedFile {
  return MappedFile.open(path, { kind, create: { words: 128, initialise() {} }, renew() {} });
}
