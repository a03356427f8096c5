import { parentPort } from "node:worker_threads";
import { WorkerPlatform } from "../src/index.ts";

export type Told = Pick<WorkerPlatform, "threadId" | "osThreadId" | "osThreadStart">;

// Tells what its platform knows of this thread, and sleeps until it is terminated.
const { threadId, osThreadId, osThreadStart } = new WorkerPlatform("test");
parentPort!.postMessage({ threadId, osThreadId, osThreadStart } satisfies Told);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
