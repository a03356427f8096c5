import { parentPort, Worker, workerData } from "node:worker_threads";
import {
  openBarrier,
  openMutex,
  openQueueReceiver,
  openQueueSender,
  openTicketStore,
} from "../../src/index.ts";
import { type Act, type End, LIMIT_MS } from "../act.ts";

const never = new Int32Array(new SharedArrayBuffer(4));

function tell(message: unknown): void {
  parentPort!.postMessage(message);
}

function end(how: End): void {
  if (how === "process.exit") process.exit(7);
  if (how === "throw") throw new Error("as the test wants it");
}

/** Blocks this thread until `condition` is true. */
function until(condition: () => boolean): void {
  const deadlineMs = performance.now() + LIMIT_MS;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error("the test's condition never came true");
    Atomics.wait(never, 0, 0, 1);
  }
}

async function count(act: Extract<Act, { act: "count" }>): Promise<void> {
  const mutex = openMutex(act.mutex);
  const counter = new Int32Array(act.counter);
  for (let round = 0; round < act.rounds; round++) {
    const sync = act.way === "sync" || (act.way === "mixed" && round % 2 === 0);
    const guard = sync ? mutex.acquireSync() : await mutex.acquire();
    counter[0] = counter[0]! + 1;
    guard.release();
  }
}

/** Every opening is a contender of its own; none is closed. */
function openOften({ mutex, openings }: Extract<Act, { act: "open often" }>): void {
  for (let i = 0; i < openings; i++)
    openMutex(mutex).acquireSync({ timeoutMs: LIMIT_MS }).release();
}

function hold({ mutex: handle, waiters, end: how }: Extract<Act, { act: "hold until" }>): void {
  const mutex = openMutex(handle);
  const guard = mutex.acquireSync({ timeoutMs: LIMIT_MS });
  tell("holding");
  if (how === "sleep") return void Atomics.wait(never, 0, 0, LIMIT_MS);
  until(() => mutex.query().waiters >= waiters);
  if (how === "release") {
    Atomics.wait(never, 0, 0, 100); // the waiter's process would end by now if nothing kept it alive
    guard.release();
  } else end(how);
}

/** Starts the holder from a thread of its own, and terminates it while this thread's parent may be blocked. */
function startAndTerminate({
  held,
  mutex: handle,
}: Extract<Act, { act: "start and terminate" }>): void {
  const mutex = openMutex(handle);
  const worker = new Worker(import.meta.filename, { workerData: held });
  worker.once("message", () => {
    tell("holding");
    until(() => mutex.query().waiters > 0);
    void worker.terminate();
  });
}

async function takeOnce({ mutex: handle, way }: Extract<Act, { act: "take once" }>): Promise<void> {
  const mutex = openMutex(handle);
  tell("waiting");
  const guard = way === "sync" ? mutex.acquireSync({ timeoutMs: LIMIT_MS }) : await mutex.acquire();
  const { abandoned } = guard;
  guard.release();
  tell({ granted: true, abandoned });
}

function send({ queue, name, count, end: how }: Extract<Act, { act: "send" }>): void {
  const sender = openQueueSender(queue);
  tell("open");
  try {
    for (let i = 0; i < count; i++) sender.sendSync(`${name} ${i}`, { timeoutMs: LIMIT_MS });
  } catch (error) {
    return tell({ refused: (error as { code: unknown }).code });
  }
  if (how === "close") sender.close();
  else if (how === "sleep") {
    tell("sent");
    Atomics.wait(never, 0, 0, LIMIT_MS);
  } else end(how);
}

function receive({ queue, count, end: how }: Extract<Act, { act: "receive" }>): void {
  const receiver = openQueueReceiver(queue);
  tell("open");
  const texts: (string | undefined)[] = [];
  for (let i = 0; i < count; i++) texts.push(receiver.receiveSync({ timeoutMs: LIMIT_MS }));
  tell(texts);
  if (how === "close") receiver.close();
  else end(how);
}

function meet({ barrier: handle, times, come, end: how }: Extract<Act, { act: "meet" }>): void {
  const barrier = openBarrier(handle);
  const arrivals = new Int32Array(come);
  try {
    for (let time = 1; time <= times; time++) {
      Atomics.add(arrivals, 0, 1);
      barrier.waitSync();
      if (Atomics.load(arrivals, 0) < time * barrier.parties) throw new Error("met too early");
    }
  } catch (error) {
    return tell({ refused: (error as { code?: unknown }).code });
  }
  tell("met");
  if (how === "close") barrier.close();
  else end(how);
}

function sell({ store: handle, orders }: Extract<Act, { act: "sell" }>): void {
  const store = openTicketStore(handle);
  tell("open");
  let sold = 0;
  for (const order of orders) if (store.sell(order) !== undefined) sold++;
  tell({ sold });
}

const act = workerData as Act;
switch (act.act) {
  case "count":
    await count(act);
    break;
  case "open often":
    openOften(act);
    break;
  case "hold until":
    hold(act);
    break;
  case "start and terminate":
    startAndTerminate(act);
    break;
  case "take once":
    await takeOnce(act);
    break;
  case "send":
    send(act);
    break;
  case "receive":
    receive(act);
    break;
  case "meet":
    meet(act);
    break;
  case "sell":
    sell(act);
    break;
}
