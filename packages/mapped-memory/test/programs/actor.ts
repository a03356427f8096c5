import type { SyncGuard } from "@ticketlock/core";
import { constants } from "node:fs";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { openMappedMutex } from "../../src/index.ts";
import { WORD_AT } from "../../src/mutex-layout.ts";
import { currentPlatform } from "../../src/platform/current-platform.ts";
import { systemCalls } from "../../src/platform/current-calls.ts";
import { WAITERS } from "../../src/robust-word.ts";
import "./seldom-looks.ts";

/** Does with a lock what it is told to, by messages: as a process, or as a thread. */
const path = isMainThread ? process.argv[2]! : (workerData as string);
const mutex = openMappedMutex(path);
let guard: SyncGuard | undefined;

const reply = (message: unknown): void =>
  void (isMainThread ? process.send!(message) : parentPort!.postMessage(message));

type Act = (argument: never) => unknown;

const acts: Readonly<Record<string, Act>> = {
  acquireSync: (options: { timeoutMs?: number }) => keep(mutex.acquireSync(options)),
  acquire: async (options: { timeoutMs?: number }) => keep(await mutex.acquire(options)),
  release: () => guard!.release(),
  /** Whoever asked may be blocked until it has been there. */
  passThrough: async (way: "acquire" | "acquireSync") => (await mutex[way]()).release(),
  markConsistent: () => guard!.markConsistent(),
  query: () => mutex.query(),
  close: () => mutex.close(),
  /** Ends in the middle of whatever it does. */
  exit: () => process.exit(0),
  /** Waits asynchronously, and ends once its helper watches the lock. */
  exitWhileWaiting: async (count: number) => {
    for (let i = 0; i < count; i++) mutex.acquire().catch(() => {});
    await watched();
    process.exit(0);
  },
  /** Its event loop stands still, with an acquisition pending that its helper watches. */
  waitAndBlock: async (blockedPath: string) => {
    mutex.acquire().then(keep, () => {});
    await watched();
    systemCalls().openSync(blockedPath, constants.O_CREAT | constants.O_WRONLY, 0o600);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  /** Ends normally, once its acquisition is granted. */
  takeOnceAndEnd: async () => {
    process.off("message", act);
    process.disconnect?.();
    (await mutex.acquire()).release();
  },
};

/** A helper is the first to say in the lock word that somebody sleeps, where nobody else waits. */
async function watched(): Promise<void> {
  const platform = currentPlatform();
  const file = platform.openFile(path);
  const word = (): number =>
    new Int32Array(platform.read(file, (WORD_AT + 1) * 4).buffer)[WORD_AT]!;
  while ((word() & WAITERS) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  platform.closeFile(file);
}

function keep(taken: SyncGuard): { token: number; abandoned: boolean } {
  guard = taken;
  return { token: taken.token, abandoned: taken.abandoned };
}

async function act({ name, argument }: { name: string; argument: never }): Promise<void> {
  try {
    const value = await acts[name]!(argument);
    if (name !== "takeOnceAndEnd") reply({ name, value });
  } catch (error) {
    reply({ name, error: (error as { code?: string }).code ?? String(error) });
  }
}

if (isMainThread) process.on("message", act);
else parentPort!.on("message", act);
reply({ name: "up" });
