import type { MappedPlatform } from "./mapped-platform.ts";

/** `struct robust_list_head`: next, futex_offset, list_op_pending. */
const HEAD_BYTES = 24;
/** `struct futex_waitv`: value, address, flags (FUTEX2_SIZE_U32). */
const WAITER_BYTES = 24;
const WAITER_FLAGS = 2n;
/** A wait that should return at once, with the most that it may take. */
const COMPARED_MS = 1_000;
/** A wait that should end by its time-out. */
const SLEEP_MS = 2;
/** A signal ends a wait early, that of a child's end above all: what sleeps in one of so many tries sleeps. */
const SLEEP_TRIES = 20;

/**
 * Tries on a scratch page whether the system calls do what the locks need of them: wrong numbers, a
 * sandbox that refuses them or an emulated kernel show here, before a lock depends on them.
 * @throws {Error} that says what does not work.
 */
export function testPlatform(platform: MappedPlatform): void {
  const { pageBytes } = platform;
  if (pageBytes < 4096 || pageBytes % 4096 !== 0)
    throw new Error(`the page size ${pageBytes} makes no sense`);
  const address = platform.reserve(pageBytes);
  const words = new Int32Array(platform.bufferAt(address, pageBytes));
  const fault = findFault(platform, address, words);
  words.buffer.transfer(0);
  platform.unmap(address, pageBytes);
  if (fault !== undefined) throw new Error(fault);
}

function findFault(
  platform: MappedPlatform,
  address: bigint,
  words: Int32Array,
): string | undefined {
  if (Atomics.compareExchange(words, 0, 0, 7) !== 0 || Atomics.load(words, 0) !== 7)
    return "an atomic compare-and-set on mapped memory does not work";
  Atomics.store(words, 1, -2_147_483_641);
  platform.clearAndWakeAll(address + 4n, 31);
  if (Atomics.load(words, 1) !== 7) return "the futex operation that clears a bit does not";
  if (platform.wake(address, 1) !== 0) return "a futex wake where nobody sleeps does not return 0";
  const startMs = performance.now();
  if (platform.wait(address, 8, COMPARED_MS) || performance.now() - startMs >= COMPARED_MS)
    return "a futex wait on a changed word sleeps";
  let woken = false;
  const slept = sleeps(() => (woken = platform.wait(address, 7, SLEEP_MS)));
  if (woken) return "a futex wait does not end by its time-out";
  if (!slept) return "a futex wait does not sleep";
  return findWaitAnyFault(platform, address) ?? findListFault(platform, address);
}

function findWaitAnyFault(platform: MappedPlatform, address: bigint): string | undefined {
  const at = address + 2048n;
  const waiter = new BigInt64Array(platform.bufferAt(at, WAITER_BYTES));
  waiter.set([7n, address, WAITER_FLAGS]);
  let woken = -1;
  const slept = sleeps(() => (woken = platform.waitAny(at, 1, SLEEP_MS)));
  waiter.buffer.transfer(0);
  return woken < 0 && slept
    ? undefined
    : "waiting for several futexes (futex_waitv, Linux 5.16 or newer) does not work";
}

/** True if a wait of `SLEEP_MS` sleeps, though signals end it early. */
function sleeps(wait: () => void): boolean {
  for (let tries = 0; tries < SLEEP_TRIES; tries++) {
    const startMs = performance.now();
    wait();
    if (performance.now() - startMs >= SLEEP_MS / 2) return true;
  }
  return false;
}

function findListFault(platform: MappedPlatform, address: bigint): string | undefined {
  const before = platform.robustList();
  if (before.bytes !== 0 && before.bytes !== HEAD_BYTES)
    return "the robust list has an unknown form";
  const head = address + 1024n;
  const list = new BigInt64Array(platform.bufferAt(head, HEAD_BYTES));
  list[0] = head; // empty: it points to itself
  platform.setRobustList(head, HEAD_BYTES);
  const set = platform.robustList();
  platform.setRobustList(before.head, before.bytes === 0 ? HEAD_BYTES : before.bytes);
  list.buffer.transfer(0);
  if (set.head !== head) return "the kernel does not keep a robust list";
  if (platform.robustList().head !== before.head)
    return "the former robust list cannot be restored";
  return undefined;
}
