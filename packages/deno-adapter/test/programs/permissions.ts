import { isTicketlockError } from "@ticketlock/core";
import {
  createMutex,
  flockLocks,
  kvStores,
  openFlockMutex,
  openMutex,
} from "@ticketlock/deno-adapter";

// Does one thing with locks or stores in a directory, and says "works" or what it was refused with.
const [use, directory] = process.argv.slice(2) as [string, string];

const uses: Readonly<Record<string, () => Promise<void>>> = {
  async kv() {
    const path = `${directory}/tickets.db`;
    const store = await kvStores.open(await kvStores.create("kv", { capacity: 2, path }));
    await store.sell({ id: "a", buyer: "b", quantity: 1 });
    await store.close();
  },
  async "kv temporary"() {
    const store = await kvStores.open(await kvStores.create("kv", { capacity: 2 }));
    await store.close();
  },
  async flock() {
    const [mutex, other] = [1, 2].map(() => openFlockMutex(`${directory}/orders.lock`));
    const guard = await mutex!.acquire();
    const next = other!.acquire();
    guard.release();
    (await next).release();
    mutex!.close();
    other!.close();
  },
  async "flock by name"() {
    const mutex = await openMutex("orders", {
      kind: "flock",
      stateDirectory: `${directory}/locks`,
    });
    (await mutex.acquire()).release();
    mutex.close();
  },
  async "flock by name, nowhere said"() {
    (await openMutex("orders", { kind: "flock" })).close();
  },
  async "mapped by name"() {
    const mutex = await openMutex("orders", { stateDirectory: directory });
    const guard = await mutex.acquire();
    const next = mutex.acquire();
    guard.release();
    (await next).release();
    mutex.close();
  },
  async "mapped temporary"() {
    const mutex = await createMutex({ kind: "mapped" });
    const same = await openMutex(mutex.handle, { kind: "mapped" });
    same.acquireSync().release();
    same.close();
    mutex.close();
  },
  async "flock temporary"() {
    const mutex = flockLocks.open(flockLocks.create("flock"));
    (await mutex.acquire()).release();
    mutex.close();
  },
};

try {
  await uses[use]!();
  console.log(JSON.stringify("works"));
} catch (error) {
  if (!isTicketlockError(error)) throw error;
  console.log(JSON.stringify(`${error.code}: ${error.message}`));
}
