import { DurableJsonFileStore } from "../../src/index.ts";
import { createDurableStore } from "../../src/durable-json-file-stores.ts";
import type { FileSystem } from "../../src/file-system.ts";
import type { Latch } from "../../src/file-latch.ts";

/** Where the simulated store stands. */
export const PATH = "/store/tickets.json";

/** A latch that nobody else wants. */
export const freeLatch: Latch = { tryEnter: () => true, leave: () => {}, close: () => {} };

/** Opens the store on a file system of the test's own. */
export function durableOn(fileSystem: FileSystem): DurableJsonFileStore {
  const handle = { module: "@ticketlock/file-store", kind: "json-durable", version: 1, data: null };
  return new DurableJsonFileStore(handle, { path: PATH, fileSystem, latch: freeLatch });
}

/** Makes the store, or looks at the one that is there. */
export function createOn(fileSystem: FileSystem, capacity: number): void {
  createDurableStore(PATH, fileSystem, capacity, capacity);
}
