import { TicketlockError } from "@ticketlock/core";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { MappedFile } from "./mapped-file.ts";
import { isDeno } from "./platform/deno-ffi.ts";
import type { MappedPlatform } from "./platform/mapped-platform.ts";
import { reasonOf } from "./platform/reason-of.ts";
import type { RobustWord } from "./robust-word.ts";
import { looks } from "./looks.ts";
import { SLOTS, WatchBoard } from "./watch-board.ts";
import { FREE, TOLD, WATCHED, type WatchSlot } from "./watch-slot.ts";

// The literal is not rewritten when this is published as JavaScript: the helper's module is what this module is.
const helper = new URL(
  import.meta.url.endsWith(".ts") ? "./watch-helper.ts" : "./watch-helper.js",
  import.meta.url,
);

/** What a helper is started with. */
export interface HelperData {
  readonly board: bigint;
  /** The operating system's id of the thread for which it sleeps. */
  readonly clientId: number;
  /** One word that grows with everything the helper says. */
  readonly signal: SharedArrayBuffer;
  /** As looks has it. */
  readonly sliceMs: number;
}

/** Helpers that ended by themselves before it is given up to start another. */
const MAX_STARTS = 3;

/** Who wants to know of a lock word. Called in the thread that asked. */
export interface WatchListener {
  /** The lock is free: try, then say `want` or `leave`. */
  told(): void;
  /** The helper has forgotten the lock word: for the next wait, ask again. */
  forgotten(): void;
  /** No helper can be had. */
  failed(error: unknown): void;
}

/** All helpers of this thread. */
const watchers: Watcher[] = [];

/** A helper comes back from the kernel at once, instead of at the end of its slice, which the end of the thread waits for. */
function stopAll(): void {
  for (const watcher of watchers) watcher.stop();
}

/**
 * Has a helper watch the lock word at `at`, from now on. The file stays mapped until the helper has forgotten it.
 * @throws {TicketlockError} `LOCK_UNSUPPORTED` if no helper can be started.
 */
export function watch(file: MappedFile, at: number, listener: WatchListener): Watch {
  for (const watcher of watchers) {
    const found = watcher.claim(file, at, listener);
    if (found !== undefined) return found;
  }
  const watcher = new Watcher(file.platform);
  if (watchers.push(watcher) === 1) process.once("exit", stopAll);
  return watcher.claim(file, at, listener)!;
}

/** One lock word that is watched for one opening. */
export class Watch {
  readonly slot: WatchSlot;
  readonly listener: WatchListener;
  readonly file: MappedFile;
  readonly #watcher: Watcher;

  constructor(watcher: Watcher, slot: WatchSlot, file: MappedFile, listener: WatchListener) {
    this.#watcher = watcher;
    this.slot = slot;
    this.file = file;
    this.listener = listener;
  }

  /** True once the helper is up: until then nobody tells. */
  get isReady(): boolean {
    return this.#watcher.isReady;
  }

  /** Wants to be told when the lock is free. */
  want(): void {
    this.slot.watch();
    this.#watcher.poke();
  }

  /** Nobody waits any more. If the lock was not `taken`, a wake-up that came goes to the next waiter. */
  leave(word: RobustWord, taken: boolean): void {
    this.slot.leave(word, taken);
    if (!taken) this.#watcher.poke();
  }

  /** Lets the helper forget the word soon, and not only when it looks next. */
  hurry(): void {
    this.#watcher.poke();
  }
}

/** One helper thread and its board. */
class Watcher {
  readonly #board: WatchBoard;
  readonly #threadId: number;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  readonly #watches: (Watch | undefined)[] = Array.from({ length: SLOTS });
  #worker: Worker | undefined;
  #starts = 0;
  #count = 0;
  #listens = false;

  constructor(platform: MappedPlatform) {
    this.#board = new WatchBoard(platform);
    this.#threadId = platform.threadId;
    this.#start();
  }

  #start(): void {
    const workerData: HelperData = {
      board: this.#board.address,
      clientId: this.#threadId,
      signal: this.#signal.buffer as SharedArrayBuffer,
      sliceMs: looks.sliceMs,
    };
    this.#starts++;
    const worker = startWorker(workerData);
    this.#worker = worker;
    worker.unref();
    worker.on("error", () => {}); // 'exit' follows
    worker.once("exit", () => this.#ended());
  }

  /** Out of memory, or somebody ended it: what it watched is watched by another, or not at all. */
  #ended(): void {
    this.#worker = undefined;
    this.#board.setAwake(false);
    let wanted = false;
    for (const [i, one] of this.#watches.entries()) {
      const state = one?.slot.load();
      if (state === WATCHED || state === TOLD) wanted = true;
      else if (one !== undefined) this.#forget(i, one);
    }
    if (!wanted) return;
    try {
      if (this.#starts >= MAX_STARTS) throw noHelper("it ends again and again");
      this.#start();
    } catch (error) {
      for (const one of this.#watches) one?.listener.failed(error);
    }
  }

  /** The word is watched from now on; `undefined` if every slot is taken. */
  claim(file: MappedFile, at: number, listener: WatchListener): Watch | undefined {
    const i = this.#watches.indexOf(undefined);
    if (i < 0) return undefined;
    if (this.#worker === undefined) this.#start();
    file.retain();
    this.#board.setLockAddress(i, file.addressOf(at));
    const one = new Watch(this, this.#board.slots[i]!, file, listener);
    this.#watches[i] = one;
    this.#count++;
    one.want(); // before it is listened for: a slot that is free is one that was forgotten
    this.#listenSoon();
    return one;
  }

  get isReady(): boolean {
    return this.#board.isReady && this.#worker !== undefined;
  }

  poke(): void {
    if (!this.#board.poke()) this.#worker?.postMessage("look");
  }

  stop(): void {
    this.#board.stop();
  }

  /** Not at once: the helper may have told already, and who asks has yet to learn of its watch. */
  #listenSoon(): void {
    if (this.#listens) return;
    this.#listens = true;
    queueMicrotask(() => void this.#listen());
  }

  async #listen(): Promise<void> {
    while (this.#count > 0) {
      const seen = Atomics.load(this.#signal, 0);
      this.#serve();
      if (this.#count === 0) break;
      const wait = Atomics.waitAsync(this.#signal as Int32Array<SharedArrayBuffer>, 0, seen);
      if (wait.async) await wait.value;
    }
    this.#listens = false;
  }

  #serve(): void {
    for (const [i, one] of this.#watches.entries()) {
      if (one === undefined) continue;
      const state = one.slot.load();
      if (state === TOLD) one.listener.told();
      else if (state === FREE) this.#forget(i, one);
    }
  }

  #forget(i: number, one: Watch): void {
    this.#watches[i] = undefined;
    this.#count--;
    one.listener.forgotten();
    one.file.close();
  }
}

function startWorker(workerData: HelperData): Worker {
  try {
    // Without an environment: it needs none, and Deno would stop and ask whether it may have this one.
    return new Worker(helper, { name: "ticketlock-watch", workerData, env: {}, ...ownFlags });
  } catch (error) {
    throw noHelper(reasonOf(error), error);
  }
}

/**
 * Nothing of this process's options belongs in the helper, nor another warning that FFI is
 * experimental. Deno knows no such flags, and refuses them.
 */
const ownFlags: { readonly execArgv?: string[] } = isDeno
  ? {}
  : { execArgv: ["--disable-warning=ExperimentalWarning"] };

const permission: string = isDeno
  ? `Pass --allow-read=${dirname(fileURLToPath(helper))} to Deno`
  : "Where the permission model is on, pass --allow-worker";

function noHelper(why: string, cause?: unknown): TicketlockError {
  return new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot wait for the lock without blocking: its helper thread cannot be started: ${why}. ${permission}; else use acquireSync.`,
    { cause },
  );
}
