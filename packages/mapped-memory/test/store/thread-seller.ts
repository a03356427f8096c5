/** A thread that sells until it is terminated. */
import { parentPort, workerData } from "node:worker_threads";
import type { Handle } from "@ticketlock/core";
import { mappedStores } from "../../src/mapped-stores.ts";

const { handle, name } = workerData as { readonly handle: Handle; readonly name: string };
const store = mappedStores.open(handle);
parentPort!.postMessage("up");
for (let i = 0; ; i++) {
  store.sell({ id: `${name}-${i}`, buyer: name, quantity: 1 });
  store.read(); // so that some deaths are outside the latch, too
}
