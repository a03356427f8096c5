import type { LockGuarantees } from "@ticketlock/core";

/** A way to break a sound lock between processes. */
export interface ClusterDefect {
  readonly claims?: Partial<LockGuarantees>;
  /** Its tokens start from 0 again, whatever an earlier lock has given. */
  readonly forgetsFloor?: boolean;
  /** Who waits in vain takes it that nobody has the lock. */
  readonly grantsAlone?: boolean;
}

/** Locks between processes that are sound but for one thing, by kind. The first is the default of sessions. */
export const clusterDefects: Readonly<Record<string, ClusterDefect>> = {
  "restarts-tokens": { forgetsFloor: true },
  "grants-alone": { grantsAlone: true },
  // As if a helper took the lock in a process's name, whether that has time for it or not. Where
  // grants are in order of arrival nothing else could be; this one claims that they are not.
  "helper-takes-the-lock": { claims: { fifo: false } },
};
