import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { mappedSupport } from "../../src/index.ts";
import { currentPlatform } from "../../src/platform/current-platform.ts";

/** Says what this runtime's platform knows of itself, and what it knows in a worker. */
const platform = currentPlatform();
const at = platform.reserve(platform.pageBytes);
const own = new ArrayBuffer(64);
const says = {
  support: mappedSupport()?.message,
  addressIsThatOfMapping: platform.addressOf(platform.bufferAt(at, 64)) === at,
  addressLeadsToBuffer: leadsTo(own),
  isMainThreadsId: platform.threadId === platform.processId,
  isAlive: platform.isThreadAlive(platform.threadId),
  isDeadAlive: platform.isThreadAlive(2 ** 22 + 1), // no id is greater than 2 ** 22
};

/** True if what is written at the buffer's address is in the buffer. */
function leadsTo(buffer: ArrayBuffer): boolean {
  const again = new Uint8Array(platform.bufferAt(platform.addressOf(buffer), 64));
  again[63] = 77;
  return new Uint8Array(buffer)[63] === 77;
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.once("message", (inWorker) => {
    process.send!({ inMain: says, inWorker }, () => process.disconnect!());
  });
} else parentPort!.postMessage(says);
