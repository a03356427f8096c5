/**
 * Run as a process of its own: nothing but a pending acquisition can keep it alive, since the timer
 * that will release the lock is one that does not count. Prints `granted`, then ends by itself.
 */
import { type Adapter, Providers } from "@ticketlock/core";

const [adapterUrl, kind] = process.argv.slice(2);
const { adapter } = (await import(adapterUrl!)) as { adapter: Adapter };
const providers = new Providers([adapter]);
const lock = await providers.openLock(await providers.createLock(kind, "threads"));
const guard = await lock.acquire();
const pending = lock.acquire();
// Long enough for a process with nothing to do to end first.
const timer = setTimeout(() => guard.release(), 100);
timer.unref();
const granted = await pending;
console.log("granted");
await granted.release();
await lock.close();
