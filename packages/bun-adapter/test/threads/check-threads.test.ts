import { Worker } from "node:worker_threads";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkVersion, tryThreads } from "../../src/threads/check-threads.ts";
import { trySleeper } from "../../src/threads/try-sleeper.ts";
import {
  createBarrier,
  createMutex,
  createQueue,
  createTicketStore,
  openBarrier,
  openMutex,
  openQueueReceiver,
  openQueueSender,
  openTicketStore,
  workersAdapter,
} from "../../src/index.ts";
import { Program } from "../program.ts";

/** How long what never comes is waited for; whatever comes is there by then. */
const LIMIT_MS = 1_000;

/** A worker that is really ended when the test is over, whatever it pretends before. */
function startWorker(entry: URL, words: Int32Array): Worker {
  const worker = new Worker(entry, { workerData: words });
  const terminate = worker.terminate.bind(worker);
  onTestFinished(async () => void (await terminate()));
  return worker;
}

/** Each breaks one thing that the locks need, as an old Bun might, or another runtime. */
const twins: readonly {
  readonly name: string;
  readonly says: RegExp;
  readonly start: (entry: URL, words: Int32Array) => Worker;
  readonly startLimitMs?: number;
}[] = [
  {
    name: "does not end a thread that sleeps",
    says: /was terminated while it slept did not end within/,
    start: (entry, words) =>
      Object.assign(startWorker(entry, words), { terminate: async () => new Promise(() => {}) }),
  },
  {
    name: "tells an exit that is not a death",
    says: /lived on after its exit was told/,
    start(entry, words) {
      const worker = startWorker(entry, words);
      const terminate = async (): Promise<number> => Number(worker.emit("exit", 1));
      return Object.assign(worker, { terminate });
    },
  },
  {
    name: "loses a wake-up",
    says: /wake-up did not reach/,
    start: (entry) => startWorker(entry, new Int32Array(new SharedArrayBuffer(8))),
  },
  {
    name: "starts a thread that says nothing",
    says: /did not say a word/,
    start: (_, words) => startWorker(new URL("data:text/javascript,setTimeout(()=>{},1e6)"), words),
    startLimitMs: LIMIT_MS,
  },
  {
    name: "cannot load the thread's module",
    says: /cannot be started/,
    start: (_, words) => startWorker(new URL("file:///no/such/module.js"), words),
  },
];

describe("trySleeper", () => {
  test("finds nothing against this runtime", async () => {
    expect(await trySleeper()).toBe(undefined);
  });

  test.for(twins)("finds out a runtime that $name", async (twin) => {
    expect(await trySleeper({ ...twin, limitMs: LIMIT_MS })).toMatch(twin.says);
    await expect(tryThreads("1.4.5", { ...twin, limitMs: LIMIT_MS })).rejects.toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringMatching(/in this Bun, 1\.4\.5, .* Install another Bun, 1\.4 or newer/),
    });
  });
});

describe("A Bun that is too old", () => {
  const tooOld = {
    code: "LOCK_UNSUPPORTED",
    message: expect.stringMatching(
      /Bun 1\.3\.14 is too old: .* Install another Bun, 1\.4 or newer/,
    ),
  };

  test("is refused by its version, before anything is tried", async () => {
    expect(() => checkVersion("1.3.14")).toThrow(expect.objectContaining(tooOld) as Error);
    await expect(tryThreads("1.3.14")).rejects.toMatchObject(tooOld);
    for (const fit of ["1.4.0", "1.10.2", "2.0.0"]) expect(() => checkVersion(fit)).not.toThrow();
  });

  const [mutex, store, barrier] = [
    createMutex().handle,
    createTicketStore({ capacity: 1 }).handle,
    createBarrier({ parties: 2 }).handle,
  ];
  const queue = createQueue();

  test.for<readonly [name: string, call: () => unknown]>([
    ["createMutex", () => createMutex()],
    ["openMutex", () => openMutex(mutex)],
    ["createTicketStore", () => createTicketStore({ capacity: 1 })],
    ["openTicketStore", () => openTicketStore(store)],
    ["createBarrier", () => createBarrier({ parties: 2 })],
    ["openBarrier", () => openBarrier(barrier)],
    ["createQueue", () => createQueue()],
    ["openQueueSender", () => openQueueSender(queue)],
    ["openQueueReceiver", () => openQueueReceiver(queue)],
  ])("is told to users of %s", ([, call]) => {
    const { versions } = process;
    onTestFinished(() => void Object.defineProperty(process, "versions", { value: versions }));
    Object.defineProperty(process, "versions", { value: { ...versions, bun: "1.3.14" } });
    expect(call).toThrow(expect.objectContaining(tooOld) as Error);
  });
});

test("the launcher says in another runtime that it needs Bun", async () => {
  const start = workersAdapter.launcher!.start({ index: 0, onMessage: () => {} });
  await expect(start).rejects.toMatchObject({ code: "RUNTIME_MISSING" });
});

test("Bun passes its own trial, in which nothing is left that keeps the process", async () => {
  const program = new Program("bun", "try-threads", []);
  expect(await program.ended, program.errors).toBe(0);
  expect(program.said).toEqual(["fit"]);
});
