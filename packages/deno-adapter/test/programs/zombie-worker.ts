import { isTicketlockError } from "@ticketlock/core";
import { openMutex, openTicketStore, threadNumber } from "../../src/index.ts";
import { workerScope } from "../../src/deno-globals.ts";
import {
  ACCEPTED,
  GATE,
  GRANTED,
  INSIDE,
  RAN_ON,
  REFUSED,
  type ZombieStart,
} from "./zombie-words.ts";

// A contender that is ended in Atomics.wait, and does whatever it can if it runs on.
workerScope.addEventListener("message", ({ data }) => {
  const { mutex: mutexHandle, store: storeHandle, gate, holds } = data as ZombieStart;
  const words = new Int32Array(gate);
  const mutex = openMutex(mutexHandle);
  const store = openTicketStore(storeHandle);
  Atomics.store(words, INSIDE, 1);
  Atomics.notify(words, INSIDE);
  try {
    const { token } = mutex.acquireSync();
    Atomics.store(words, GRANTED, 1);
    const inventory = store.read(token);
    Atomics.store(words, INSIDE, 2);
    Atomics.notify(words, INSIDE);
    if (holds) Atomics.wait(words, GATE, 0);
    Atomics.store(words, RAN_ON, 1);
    store.write({ ...inventory, remaining: inventory.remaining - 1 }, { token });
    Atomics.store(words, ACCEPTED, 1);
  } catch (error) {
    Atomics.store(words, RAN_ON, 1);
    if (isTicketlockError(error)) Atomics.store(words, REFUSED, 1);
  }
});
workerScope.postMessage(threadNumber);
