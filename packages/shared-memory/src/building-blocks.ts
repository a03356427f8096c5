/**
 * What locks and stores in memory are made of, for packages that bring other memory, such as a mapped
 * file. Not for users of locks: it changes as those packages need it.
 */
export { backOff, exploration, pause } from "./exploration.ts";
export type { Endings } from "./endings.ts";
export { type CompareExchange, createDirectMemory, type DirectMemory } from "./direct-memory.ts";
export { FastWord } from "./fast-word.ts";
export { isLastToken, issueToken, lastToken, startTokensAbove, tokenOf } from "./fencing-tokens.ts";
export { InventoryState, type State } from "./inventory-state.ts";
export { checkLockOptions, DEFAULT_ROOM, MAX_ROOM } from "./lock-options.ts";
export { lookSeldom } from "./looks.ts";
export { AbandonedGuard, type HoldOwner, MemoryGuard } from "./memory-guard.ts";
export { type BlockingWait, type LockMemory, MemoryLock } from "./memory-lock.ts";
export type { Members, Recoverable } from "./members.ts";
export {
  checkStoreOptions,
  MAX_SALES,
  MemoryTicketStore,
  type StoreLatch,
  type StoreMemory,
} from "./memory-ticket-store.ts";
export {
  closed,
  deadlock,
  full,
  lost,
  PendingAcquire,
  takenForDead,
  timedOut,
} from "./pending-acquire.ts";
export { type EncodedOrder, SalesJournal } from "./sales-journal.ts";
export { LINE, powerOfTwoOrNaN, withinOrNaN } from "./shared-region.ts";
export {
  LONGEST_LOOK_INTERVAL_MS,
  LOOK_INTERVAL_MS,
  type ThreadPlatform,
} from "./thread-platform.ts";
export { ThreadTable } from "./thread-table.ts";
