import type { Recoverable } from "./members.ts";

/** What this thread has open and would have to free, or to take for lost, if another thread ended. */
const open = new Set<WeakRef<Recoverable>>();

/** How many entries come between two clearances of what has been collected. */
const PRUNE_EVERY = 256;
let tracked = 0;

/** Enters a lock, store or queue, so that the end of a contender of this thread's sessions reaches it. */
export function track<T extends Recoverable>(recoverable: T): T {
  if (++tracked % PRUNE_EVERY === 0) for (const ref of open) if (!ref.deref()) open.delete(ref);
  open.add(new WeakRef<Recoverable>(recoverable));
  return recoverable;
}

/** A thread has ended: frees what it held in everything that this thread has open, or takes it for lost where the end is not death. */
export function recoverAll(threadId: number): void {
  for (const ref of open) {
    const recoverable = ref.deref();
    if (recoverable === undefined) open.delete(ref);
    else recoverable.recover(threadId);
  }
}
