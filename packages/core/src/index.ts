export * from "./adapter.ts";
export * from "./contender.ts";
export { BROKEN_EVERY, BROKEN_KIND, ControlLock, NONE_KIND } from "./control-locks.ts";
export * from "./errors.ts";
export * from "./handle.ts";
export * from "./limits.ts";
export * from "./lock.ts";
export * from "./maybe-promise.ts";
export {
  parseContenderMessage,
  parseOwnerMessage,
  type ContenderMessage,
  type OwnerMessage,
} from "./protocol.ts";
export { OwnerClock } from "./owner-clock.ts";
export { Providers } from "./providers.ts";
export { Rendezvous } from "./rendezvous.ts";
export { runExclusive } from "./run-exclusive.ts";
export * from "./scope.ts";
export * from "./selling-modes.ts";
export { serveContender, type ContenderHost } from "./serve-contender.ts";
export {
  isPausableSession,
  neededScope,
  openSession,
  type Outcome,
  type PausableSession,
  type RunOptions,
  type Session,
  type SessionOptions,
} from "./session.ts";
export * from "./ticket-store.ts";
