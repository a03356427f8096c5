import type { Handle, SyncGuard } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { FifoMutex } from "../src/fifo-mutex.ts";
import { FutexMutex } from "../src/futex-mutex.ts";
import type { MemoryLock } from "../src/memory-lock.ts";
import { SharedTicketStore } from "../src/shared-ticket-store.ts";
import { LINE } from "../src/shared-region.ts";
import { fakePlatform, MODULE } from "./fake-platform.ts";

/** Deaths that no parent tells of: each waiter has only its own look. */
const kinds = [
  {
    name: "FutexMutex",
    create: (): Handle => FutexMutex.create(MODULE),
    open: (handle: Handle, thread: number, gone: Set<number>): MemoryLock =>
      new FutexMutex(handle, fakePlatform(thread, { osThreadId: thread, gone })),
    threadsAt: 3 * LINE,
  },
  {
    name: "FifoMutex",
    create: (): Handle => FifoMutex.create(MODULE),
    open: (handle: Handle, thread: number, gone: Set<number>): MemoryLock =>
      new FifoMutex(handle, fakePlatform(thread, { osThreadId: thread, gone })),
    threadsAt: 3 * LINE,
  },
];

const slotOf = (threadsAt: number, member: number): number => threadsAt + LINE + (member - 1) * 16;

/** A promise's value, or a failure if it takes longer than any look. */
function soon<T>(promise: Promise<T>): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error("nothing came within 2 s")), 2_000),
    ),
  ]);
}

function expectAbandoned(guard: SyncGuard): void {
  expect(guard.abandoned).toBe(true);
  guard.markConsistent();
  guard.release();
}

describe.each(kinds)("$name without anybody who tells of deaths", ({ create, open, threadsAt }) => {
  test("is granted to a blocked waiter after its holder's thread is gone", () => {
    const handle = create();
    const gone = new Set<number>();
    open(handle, 1, gone).acquireSync();
    gone.add(1);
    const waiter = open(handle, 2, gone);
    expectAbandoned(waiter.acquireSync({ timeoutMs: 2_000 }));
    expect(waiter.rescues).toBe(1);
  });

  test("is granted to who only ever tries", () => {
    const handle = create();
    const gone = new Set<number>();
    open(handle, 1, gone).acquireSync();
    const waiter = open(handle, 2, gone);
    gone.add(1);
    expectAbandoned(waiter.tryAcquireSync()!);
  });

  test("is recovered by a later look when the one who marked the death died over it", async () => {
    const handle = create();
    const gone = new Set<number>();
    open(handle, 1, gone).acquireSync();
    const words = new Int32Array(handle.data as SharedArrayBuffer);
    words[slotOf(threadsAt, 1)] = -1; // marked by a thread that got no further
    const waiter = open(handle, 2, gone);
    expectAbandoned(await soon(waiter.acquire()));
    open(handle, 3, gone).acquireSync({ timeoutMs: 2_000 }).release();
  });

  test("is recovered when the recoverer died half-way", () => {
    const handle = create();
    const gone = new Set<number>();
    open(handle, 1, gone).acquireSync();
    open(handle, 2, gone);
    const words = new Int32Array(handle.data as SharedArrayBuffer);
    words[slotOf(threadsAt, 1)] = -1;
    words[threadsAt] = 2; // thread 2 had begun to recover
    gone.add(2);
    expectAbandoned(open(handle, 3, gone).acquireSync({ timeoutMs: 2_000 }));
  });
});

test("FutexMutex grants an asynchronous waiter whose releaser died before it told", async () => {
  const handle = FutexMutex.create(MODULE);
  const gone = new Set<number>();
  const holder = kinds[0]!.open(handle, 1, gone);
  const waiter = kinds[0]!.open(handle, 2, gone);
  holder.acquireSync();
  const granted = waiter.acquire();
  const words = new Int32Array(handle.data as SharedArrayBuffer);
  Atomics.store(words, LINE, 0); // freed, marks and all, and then the thread ended
  (await soon(granted)).release();
});

test("FifoMutex grants an asynchronous waiter whose predecessor died before it told", async () => {
  const handle = FifoMutex.create(MODULE);
  const gone = new Set<number>();
  const holder = kinds[1]!.open(handle, 1, gone);
  const waiter = kinds[1]!.open(handle, 2, gone);
  const guard = holder.acquireSync();
  const granted = waiter.acquire();
  const { notify } = Atomics;
  Atomics.notify = () => 0; // the hand-over happens, the telling does not
  guard.release();
  Atomics.notify = notify;
  (await soon(granted)).release();
});

test("SharedTicketStore sells on after a seller was gone inside its latch", () => {
  const handle = SharedTicketStore.create(MODULE, { capacity: 2 });
  const gone = new Set([1]);
  const first = new SharedTicketStore(handle, fakePlatform(1, { osThreadId: 1, gone }));
  const second = new SharedTicketStore(handle, fakePlatform(2, { osThreadId: 2, gone }));
  first.sell({ id: "a", buyer: "b", quantity: 1 });
  const words = new Int32Array(handle.data as SharedArrayBuffer);
  words[4 * LINE] = 1; // the latch, taken by member 1, whose thread is gone
  expect(second.sell({ id: "c", buyer: "d", quantity: 1 })?.firstSerial).toBe(1);
});
