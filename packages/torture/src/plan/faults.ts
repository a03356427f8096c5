import type { Cast, LockKind, StoreKind } from "./cast.ts";
import type { PromiseId } from "./promises.ts";

export type FaultName =
  | "none"
  | "kill"
  | "point"
  | "stop"
  | "terminate"
  | "throw"
  | "exit"
  | "memory"
  | "owner-kill"
  | "owner-stop"
  | "clock"
  | "messages"
  | "input"
  | "kill-writing"
  | "crash-image"
  | "disk"
  | "line-up"
  | "sales";

/** How rounds with a fault are run: each is another way of looking at locks and stores. */
export type Run = "session" | "owner" | "line-up" | "sales" | "input" | "images";

/** One way of tormenting. */
export interface Fault {
  /** In a few words, for lists. */
  readonly words: string;
  readonly run: Run;
  /** What a violation breaks that nothing more particular can be said of. */
  readonly promise: (lock: LockKind | undefined) => PromiseId;
  /** Which contenders can be treated so. */
  readonly cast: (cast: Cast) => boolean;
  /** Which locks promise to survive it; undefined: no lock has a part in it. */
  readonly lock: ((lock: LockKind, cast: Cast) => boolean) | undefined;
  /** Which stores can be sold from meanwhile. */
  readonly store: (store: StoreKind) => boolean;
  /** It is about the store: there is no round without one. */
  readonly needsStore?: boolean;
}

const ofProcesses = ({ unit }: Cast): boolean => unit === "process";
const ofThreads = ({ unit }: Cast): boolean => unit === "thread";
const any = (): boolean => true;
const survivesOwner = ({ guarantees }: LockKind): boolean => guarantees.ownerDeath === "immediate";
/** Its state is whole whoever dies; the naive file promises nothing, and is sold from where nobody dies. */
const survivesDeath = ({ guarantees }: StoreKind): boolean =>
  guarantees.fenced && guarantees.idempotent && guarantees.journal;
/** Processes whose heap can be given a small limit; Bun's has none but the machine's memory. */
const hasHeapLimit = (cast: Cast): boolean => ofProcesses(cast) && cast.runtimes[0] !== "bun";

const death = (
  words: string,
  promise: PromiseId,
  cast: Fault["cast"],
  lock: Fault["lock"] = survivesOwner,
): Fault => ({ words, run: "session", promise: () => promise, cast, lock, store: survivesDeath });

/** Every way of tormenting, by the name that the command takes. */
export const faults: Readonly<Record<FaultName, Fault>> = {
  none: {
    words: "contenders that are left alone",
    run: "session",
    promise: () => "P12",
    cast: any,
    lock: any,
    store: any,
  },
  kill: death(
    "SIGKILL at a random time, of the holder by preference",
    "P2",
    ofProcesses,
    survivesOwner,
  ),
  point: {
    ...death("death before or after a named atomic operation of acquire or release", "P2", any),
    promise: (lock) => (lock?.guarantees.scope === "threads" ? "P4" : "P2"),
  },
  stop: {
    words: "SIGSTOP, and SIGCONT later",
    run: "session",
    promise: () => "P3",
    cast: ofProcesses,
    lock: any,
    store: any,
  },
  terminate: {
    words: "a worker terminated at a random time; now and then while its owner's thread is blocked",
    run: "session",
    promise: (lock) => (lock?.guarantees.ownerDeath === "lost" ? "P5" : "P4"),
    cast: ofThreads,
    lock: ({ guarantees }) => guarantees.ownerDeath !== "none",
    store: survivesDeath,
  },
  throw: death("an uncaught throw or rejection inside the section", "P6", any),
  exit: death("process.exit inside the section", "P6", any),
  memory: death("a heap that is full inside the section", "P6", hasHeapLimit),
  "owner-kill": {
    words:
      "SIGKILL of the session's owner, which is the broker or cluster primary; then a new one over the same store",
    run: "owner",
    promise: () => "P7",
    cast: ofProcesses,
    lock: any,
    store: (store) => survivesDeath(store) && store.guarantees.durability !== "none",
    needsStore: true,
  },
  "owner-stop": {
    words: "SIGSTOP of the owner, and SIGCONT later",
    run: "owner",
    promise: () => "P7",
    cast: ofProcesses,
    lock: any,
    store: any,
  },
  clock: {
    words: "the wall clocks of contenders and owner jump by an hour or a year",
    run: "session",
    promise: () => "P10",
    cast: any,
    lock: any,
    store: any,
  },
  messages: {
    words: "malformed, forged and huge messages from a contender to its owner and broker",
    run: "session",
    promise: () => "P15",
    cast: any,
    lock: any,
    store: any,
  },
  input: {
    words: "hostile handles, names and stored JSON",
    run: "input",
    promise: () => "P15",
    cast: ({ adapters }) => adapters.length === 1,
    lock: undefined,
    store: any,
  },
  "kill-writing": {
    words: "SIGKILL while a durable store is written",
    run: "session",
    promise: () => "P8",
    cast: ofProcesses,
    lock: undefined,
    store: (store) =>
      survivesDeath(store) && store.guarantees.atomic && store.guarantees.durability === "power",
    needsStore: true,
  },
  "crash-image": {
    words: "everything that a kill or a power cut may leave at each step of a durable store's life",
    run: "images",
    promise: () => "P8",
    cast: any,
    lock: undefined,
    store: any,
  },
  disk: {
    words:
      "ENOSPC, EIO and EDQUOT at each step of a durable store's sale, disks that take a few bytes at a time",
    run: "images",
    promise: () => "P9",
    cast: any,
    lock: undefined,
    store: any,
  },
  "line-up": {
    words: "contenders that wait in line one behind the other; now and then one dies there",
    run: "line-up",
    promise: () => "P11",
    cast: any,
    lock: any,
    store: any,
  },
  sales: {
    words: "sales at full speed, without a fault and without a history",
    run: "sales",
    promise: () => "P1",
    cast: any,
    lock: any,
    store: survivesDeath,
    needsStore: true,
  },
};

export const faultNames: readonly FaultName[] = Object.keys(faults) as FaultName[];

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faults, name);
}

/** A cast, lock and store that a fault can be tried with. */
export interface Combination {
  readonly cast: Cast;
  readonly lock: LockKind | undefined;
  readonly stores: readonly StoreKind[];
}

/** Everything that a fault can be tried with; empty where nothing here promises to survive it. */
export function combinationsOf(name: FaultName, casts: readonly Cast[]): Combination[] {
  const fault = faults[name];
  return casts.filter(fault.cast).flatMap((cast): Combination[] => {
    const stores = cast.stores.filter(fault.store);
    if (fault.needsStore === true && stores.length === 0) return [];
    if (fault.lock === undefined) return [{ cast, lock: undefined, stores }];
    return cast.locks
      .filter((lock) => fault.lock!(lock, cast))
      .map((lock) => ({ cast, lock, stores }));
  });
}
