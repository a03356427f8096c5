import { LINE } from "@ticketlock/shared-memory/building-blocks";
import { type MappedKind } from "./mapped-header.ts";
import { MemberTable } from "./member-table.ts";

/** A mutex's file, as its header names it. */
export const mutexKind: MappedKind = { name: "mapped mutex", number: 1, version: 1 };

/** The second line: whoever took the word has the token at hand. */
export const WORD_AT: number = LINE;
/** 53 bits in two words, low one first. */
export const TOKEN_AT: number = LINE + 1;

/** The third line is for slow paths. */
export const ROOM_AT: number = 2 * LINE;
/** Holders that died, each counted by the next holder. */
export const DEATHS_AT: number = 2 * LINE + 1;
/** Times that a waiter found the lock free when its slice was over, without a wake-up. */
export const RESCUES_AT: number = 2 * LINE + 2;
/**
 * The low word of the token of the last hold that ended by a release while the data was in doubt:
 * tells a word that carries OWNER_DIED since an earlier death from one whose last holder has died.
 */
export const RELEASED_AT: number = 2 * LINE + 3;
/** Not 0 once a waiter has been overtaken for long: whoever lets go next gives way. */
export const OVERTAKEN_AT: number = 2 * LINE + 4;

export const MEMBERS_AT: number = 3 * LINE;

const TWO_32 = 4_294_967_296;

export function mutexWords(room: number): number {
  return MEMBERS_AT + MemberTable.words(room);
}

/** Writes a new, free mutex into zeroed words. */
export function initialiseMutex(words: Int32Array, room: number, tokensAbove: number): void {
  words[ROOM_AT] = room;
  raiseTokens(words, tokensAbove);
  words[RELEASED_AT] = words[TOKEN_AT]!;
}

/** Frees a mutex of which nobody lives any more. Its tokens go on above those that it has issued. */
export function renewMutex(words: Int32Array): void {
  words[WORD_AT] = 0;
  words[RELEASED_AT] = words[TOKEN_AT]!;
  words[DEATHS_AT] = 0;
  words[RESCUES_AT] = 0;
  words[OVERTAKEN_AT] = 0;
  words.fill(0, MEMBERS_AT);
}

/** Makes the next token greater than `floor`, which must be at least the last one. For the holder only. */
export function raiseTokens(words: Int32Array, floor: number): void {
  // The high word first: who dies in between has skipped tokens, never repeated one.
  words[TOKEN_AT + 1] = Math.floor(floor / TWO_32);
  words[TOKEN_AT] = floor | 0;
}
