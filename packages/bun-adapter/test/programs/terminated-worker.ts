import { readlinkSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { Handle } from "@ticketlock/core";
import { openMutex, openTicketStore } from "@ticketlock/bun-adapter";
import { GATE, STARTED, STEPS, type Way } from "./terminated-words.ts";

interface Start {
  readonly mutex: Handle;
  readonly store: Handle;
  readonly gate: SharedArrayBuffer;
  readonly way: Way;
}

// Takes the lock, or waits for it, and goes on for ever in its way, counting steps.
const { mutex: mutexHandle, store: storeHandle, gate, way } = workerData as Start;
const words = new Int32Array(gate);
const mutex = openMutex(mutexHandle);
const store = openTicketStore(storeHandle);
parentPort!.postMessage(`/proc/${readlinkSync("/proc/thread-self")}`);

function step(): void {
  Atomics.add(words, STEPS, 1);
}

if (way === "wait for the lock") Atomics.store(words, STARTED, 1);
const { token } = mutex.acquireSync();
step();
Atomics.store(words, STARTED, 1);
if (way === "sleep" || way === "sleep, woken meanwhile" || way === "hold, while the parent blocks")
  Atomics.wait(words, GATE, 0);
if (way === "sleep in slices") while (Atomics.wait(words, GATE, 0, 1) === "timed-out") step();
if (way === "work without end") for (;;) step();
if (way === "wait without blocking") {
  parentPort!.on("message", () => {}); // to wait so is no work that keeps a thread
  await Atomics.waitAsync(words, GATE, 0).value;
}
if (way === "commit without end")
  for (;;) {
    const { remaining, ...rest } = store.read(token);
    store.write({ ...rest, remaining: remaining === 0 ? 1_000 : remaining - 1 }, { token });
    step();
  }
step();
