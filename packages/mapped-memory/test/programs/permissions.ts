import { mappedLocks, mappedStores, openMappedMutex } from "@ticketlock/mapped-memory";

/** Says how far each use comes that the README lists. argv: a path for each of a lock and a store. */
const [lockPath = "", storePath = ""] = process.argv.slice(2);

const uses: Readonly<Record<string, () => unknown>> = {
  lock: () => openMappedMutex(lockPath).acquireSync().release(),
  wait: async () => {
    const mutex = openMappedMutex(lockPath);
    const guard = mutex.acquireSync();
    const pending = mutex.acquire();
    setTimeout(() => guard.release(), 20);
    (await pending).release();
    mutex.close();
  },
  store: () => {
    const handle = mappedStores.create("mapped", { capacity: 1, path: storePath });
    mappedStores.open(handle).sell({ id: "1", buyer: "b", quantity: 1 });
  },
  temporary: () => {
    mappedLocks.open(mappedLocks.create("mapped")).close();
    mappedStores.open(mappedStores.create("mapped", { capacity: 1 })).close();
  },
};

const said: Record<string, string> = {};
for (const [use, act] of Object.entries(uses)) {
  try {
    await act();
    said[use] = "works";
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    said[use] = `${code}: ${message}`;
  }
}
// Deno drops a message where the channel is closed right after it.
process.send!(said, () => process.disconnect!());
