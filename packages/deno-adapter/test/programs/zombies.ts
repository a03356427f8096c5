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
const CAPACITY = 1_000;

const trials = Number(process.argv[2]);
const Worker = workerClass()!;
const entry = new URL("./zombie-worker.ts", import.meta.url);
const kinds: readonly MutexKind[] = ["futex", "fifo"];

async function until(condition: () => boolean, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition() && performance.now() < endMs)
    await new Promise((resolve) => setTimeout(resolve, 1));
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
  await until(() => Atomics.load(words, INSIDE) === (holds ? 2 : 1), 5_000);
  if (!holds) await until(() => mutex.query().waiters === 1, 5_000);

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
  const guard = mutex.acquireSync({ timeoutMs: 1_000 });
  check(guard.abandoned === holds, "only the guard after a lost hold says abandoned");
  const inventory = store.read(guard.token);
  Atomics.store(words, GATE, 1);
  Atomics.notify(words, GATE);
  await until(() => Atomics.load(words, RAN_ON) !== 0, HARM_MS);
  await until(() => Atomics.load(words, REFUSED) + Atomics.load(words, ACCEPTED) !== 0, 2);
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
for (let trial = 0; trial < trials; trial++) {
  const holds = trial % 4 < 2;
  const words = await endOne(kinds[trial % 2]!, holds);
  counts.ranOn += words[RAN_ON]!;
  counts.refused += words[REFUSED]!;
  counts.staleCommitsAccepted += words[ACCEPTED]!;
  if (!holds) counts.secondGrants += words[GRANTED]!;
}
console.log(JSON.stringify(counts satisfies ZombieCounts));
