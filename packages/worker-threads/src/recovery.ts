import type { Recoverable } from "@ticketlock/shared-memory";

/** What this thread has open and would have to free if another thread died. */
const open = new Set<WeakRef<Recoverable>>();

/** Enters a lock, store or queue, so that the end of a contender of this thread's sessions reaches it. */
export function track<T extends Recoverable>(recoverable: T): T {
  open.add(new WeakRef<Recoverable>(recoverable));
  return recoverable;
}

/** A thread has ended: frees what it held in everything that this thread has open. */
export function recoverAll(threadId: number): void {
  for (const ref of open) {
    const recoverable = ref.deref();
    if (recoverable === undefined) open.delete(ref);
    else recoverable.recover(threadId);
  }
}
