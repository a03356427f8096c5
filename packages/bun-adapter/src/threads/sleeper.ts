import { parentPort, workerData } from "node:worker_threads";
import { osThread } from "@ticketlock/child-threads";

// The thread that trySleeper ends: it says that it is there in both of a lock's ways, and sleeps.
const words = workerData as Int32Array;
parentPort!.postMessage(osThread());
Atomics.store(words, 0, 1);
Atomics.notify(words, 0);
Atomics.wait(words, 1, 0);
