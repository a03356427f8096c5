/**
 * Run by Deno: ends workers in Atomics.wait, in their section or in line, wakes them afterwards, and
 * counts what they did. Arguments: how many trials.
 */
import { isTicketlockError } from "@ticketlock/core";
import { workerClass } from "../../src/deno-globals.ts";
import { createMutex, createTicketStore, type MutexKind } from "../../src/index.ts";
import {
  ACCEPTED,
  GATE,
  GRANTED,
  INSIDE,
  RAN_ON,
  REFUSED,
  type ZombieCounts,
  type ZombieStart,
} from "./zombie-words.ts";

/** How long a zombie is given to do what it wants to do; most take less than a millisecond. */
const HARM_MS = 15;
/** Who runs on and has not tried its commit by then never will. */
const ENDED_FOR_GOOD_MS = 5_000;
/** A limit against a hang: what is waited for here comes, however busy the machine. */
const LIMIT_MS = 30_000;
const CAPACITY = 1_000;

const trials = Number(process.argv[2]);
const Worker = workerClass()!;
const entry = new URL("./zombie-worker.ts", import.meta.url);
const kinds: readonly MutexKind[] = ["futex", "fifo"];

async function within(limitMs: number, condition: () => boolean): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return true;
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Not so: ${what}.`);
}

/** One worker that is ended; what it has done after that. */
async function endOne(kind: MutexKind, holds: boolean): Promise<Int32Array> {
  const mutex = createMutex({ kind });
  const store = createTicketStore({ capacity: CAPACITY, maxSales: 0 });
  const gate = new SharedArrayBuffer(64);
  const words = new Int32Array(gate);
  const worker = new Worker(entry, { type: "module" });
  const threadNumber = await new Promise<number>((resolve) => {
    worker.addEventListener("message", ({ data }) => resolve(data as number));
  });
  const mine = holds ? undefined : mutex.acquireSync();
  const start: ZombieStart = { mutex: mutex.handle, store: store.handle, gate, holds };
  worker.postMessage(start);
  const inPlace = (): boolean =>
    holds ? Atomics.load(words, INSIDE) === 2 : mutex.query().waiters === 1;
  check(await within(LIMIT_MS, inPlace), "it came to its place");

  worker.terminate();
  mutex.recover(threadNumber);
  store.recover(threadNumber);
  if (holds) {
    const lostToken = mutex.query().token;
    let refusal: unknown;
    try {
      mutex.tryAcquireSync();
    } catch (error) {
      refusal = error;
    }
    check(isTicketlockError(refusal, "LOCK_LOST"), "a lost lock refuses");
    mutex.reset();
    check(mutex.query().token > lostToken, "a reset raises the token");
  }
  mine?.release();
  const guard = mutex.acquireSync({ timeoutMs: LIMIT_MS });
  check(guard.abandoned === holds, "only the guard after a lost hold says abandoned");
  const inventory = store.read(guard.token);
  Atomics.store(words, GATE, 1);
  Atomics.notify(words, GATE);
  const ranOn = await within(HARM_MS, () => Atomics.load(words, RAN_ON) !== 0);
  const tried = (): boolean => Atomics.load(words, REFUSED) + Atomics.load(words, ACCEPTED) !== 0;
  // Deno may end it for good in between.
  if (ranOn) await within(ENDED_FOR_GOOD_MS, tried);
  // Whoever else has committed meanwhile is found out by the version.
  const result = store.write(
    { ...inventory, remaining: inventory.remaining - 1 },
    { token: guard.token, expectedVersion: inventory.version },
  );
  if (result !== "written") Atomics.store(words, ACCEPTED, 1);
  guard.release();
  mutex.close();
  store.close();
  return words;
}

const counts = { trials, ranOn: 0, refused: 0, staleCommitsAccepted: 0, secondGrants: 0 };
const ended: { readonly words: Int32Array; readonly holds: boolean }[] = [];
for (let trial = 0; trial < trials; trial++) {
  const holds = trial % 4 < 2;
  ended.push({ words: await endOne(kinds[trial % 2]!, holds), holds });
}
// Counted last: what one did long after its trial counts too.
for (const { words, holds } of ended) {
  counts.staleCommitsAccepted += words[ACCEPTED]!;
  if (!holds) counts.secondGrants += words[GRANTED]!;
  counts.refused += words[REFUSED]!;
  counts.ranOn += words[RAN_ON]!;
}
console.log(JSON.stringify(counts satisfies ZombieCounts));
