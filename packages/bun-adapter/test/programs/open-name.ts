/**
 * Run by Node, Deno and Bun: opens a mutex as a user of an adapter does, and says how it went, one JSON
 * value a line. Arguments: the adapter's package, the state directory, the name, the kind or "any", and
 * the file of a counter to which it adds, with how often; or nothing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import type { SyncGuard } from "@ticketlock/core";
import type { MappedMutex } from "@ticketlock/mapped-memory";

/** What the three adapters have in common for users. */
interface Adapter {
  openMutex(name: string, options: object): Promise<MappedMutex>;
  createMutex(options: object): Promise<MappedMutex>;
}

const [packageName = "", stateDirectory = "", name = "", kind = "", counter, rounds] =
  process.argv.slice(2);
const { openMutex, createMutex } = (await import(packageName)) as Adapter;

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Reads and writes, which only the mutex makes one step. */
function add(path: string): void {
  writeFileSync(path, String(Number(readFileSync(path, "utf8")) + 1));
}

async function count(mutex: MappedMutex, path: string): Promise<void> {
  say("ready");
  await once(process.stdin, "data");
  for (let round = 0; round < Number(rounds); round++) {
    const guard: SyncGuard = round % 2 === 0 ? await mutex.acquire() : mutex.acquireSync();
    add(path);
    guard.release();
  }
  say("done");
}

try {
  const mutex =
    kind === "own"
      ? await createMutex({ kind: "mapped", stateDirectory })
      : await openMutex(name, { stateDirectory, ...(kind === "any" ? {} : { kind }) });
  say(`kind ${mutex.handle.kind}`);
  if (counter !== undefined) await count(mutex, counter);
  mutex.close();
} catch (error) {
  const { code, message } = error as { code?: unknown; message?: unknown };
  say(`${String(code)} ${String(message)}`);
}
