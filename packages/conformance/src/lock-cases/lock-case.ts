import type { Launcher, LockGuarantees } from "@ticketlock/core";
import type { Arena } from "../kit/arena.ts";

/** The kind of lock that a case is about. */
export interface LockUnderTest {
  readonly kind: string;
  readonly guarantees: LockGuarantees;
  /** What its contenders are; undefined where nobody starts any. */
  readonly unit: Launcher["unit"] | undefined;
  /** A kind of store that the same contenders can share, as their unprotected data. */
  readonly storeKind: string | undefined;
  /** The first of those that refuses stale tokens. */
  readonly fencedStoreKind: string | undefined;
  /** One of those that knows its sales and its fence, and outlives every process. */
  readonly lastingStoreKind: string | undefined;
  /** The adapter's own URL and the flags its runtime needs, for a case that needs a process of its own. */
  readonly program: ProgramFacts;
}

/** What a program that runs as a process of its own is started with. */
export interface ProgramFacts {
  readonly adapterUrl: string;
  readonly runtimeFlags: readonly string[];
}

/** One promise of a lock, and how it is tried. */
export interface LockCase {
  /** The promise, in words. Tests are named after it. */
  readonly name: string;
  /** True if it belongs to the quick part, which a lock passes before it is measured. */
  readonly quick?: boolean;
  /** True if it needs contenders; else it plays in the owner's thread alone. */
  readonly contenders?: boolean;
  /** True if it is also tried with contenders of several runtimes together. */
  readonly runtimes?: boolean;
  /** Which locks make this promise; all unless told. */
  readonly applies?: (lock: LockUnderTest) => boolean;
  /** How many times the limit for one wait all of it may take; 4 unless told. */
  readonly limits?: number;
  readonly run: (arena: Arena, lock: LockUnderTest) => Promise<void>;
}

/** Locks that can block a thread. */
export const blocks = ({ guarantees }: LockUnderTest): boolean => guarantees.blocking;
/** Locks between processes: contenders that the system's signals reach. */
export const servesProcesses = ({ unit }: LockUnderTest): boolean => unit === "process";
/** Locks that are free again as soon as their holder's death is noticed. */
export const survivesOwner = ({ guarantees }: LockUnderTest): boolean =>
  guarantees.ownerDeath === "immediate";
/** Locks that are lost with a holder that was ended, since it may run on. */
export const losesWithOwner = ({ guarantees }: LockUnderTest): boolean =>
  guarantees.ownerDeath === "lost";
/** Locks whose acquisitions are numbered. */
export const hasTokens = ({ guarantees }: LockUnderTest): boolean => guarantees.tokens !== "none";
/** Locks that grant in order of arrival. */
export const isFifo = ({ guarantees }: LockUnderTest): boolean => guarantees.fifo;
