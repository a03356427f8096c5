import type { SyncGuard } from "@ticketlock/core";
import { openMappedMutex } from "../../src/index.ts";
import {
  A,
  ABANDONED,
  B,
  LAST_TOKEN,
  openTally,
  OVERLAPS,
  REPAIRED,
  TOKENS_REPEATED,
  TURNS,
} from "./tally.ts";
import "./seldom-looks.ts";

/** Takes its turns: for ever, or `rounds` times. argv: lock's path, tally's path, number, how, rounds. */
const [lockPath = "", tallyPath = "", number = "0", how = "sync", rounds = "Infinity"] =
  process.argv.slice(2);
const mutex = openMappedMutex(lockPath);
const tally = openTally(tallyPath);
const { words } = tally;
const turn = TURNS + Number(number);

function section(guard: SyncGuard): void {
  if (guard.token <= words[LAST_TOKEN]!) words[TOKENS_REPEATED]!++;
  words[LAST_TOKEN] = guard.token;
  if (guard.abandoned) {
    words[ABANDONED]!++;
    if (words[A] !== words[B]) {
      words[B] = words[A]!;
      words[REPAIRED]!++;
    }
    guard.markConsistent();
  }
  words[A]!++;
  words[B]!++;
  if (words[A] !== words[B]) words[OVERLAPS]!++;
  words[turn]!++;
}

// Deno and Bun may write it only when their event loop runs, which it does not while this one blocks.
await new Promise((sent) => process.send!("up", sent));
const waits = { sync: () => mutex.acquireSync(), async: () => mutex.acquire() };
for (let round = 0; round < Number(rounds); round++) {
  const kind = how === "mixed" ? (round % 2 === 0 ? "sync" : "async") : (how as "sync" | "async");
  const wait = waits[kind]();
  const guard = wait instanceof Promise ? await wait : wait;
  section(guard);
  guard.release();
}
mutex.close();
tally.close();
process.disconnect?.();
