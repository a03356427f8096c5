import type { FaultName } from "../../src/plan/faults.ts";
import type { RoundPlan } from "../../src/plan/round-plan.ts";

/** Something of the conformance suite's with one thing wrong, and the rounds that find it out. */
export interface Twin {
  /** Its module among the suite's; `runtimes`: one of each runtime, together. */
  readonly adapter: string;
  readonly lock: string;
  readonly store?: string;
  readonly faults: readonly FaultName[];
  /** Of the rounds with these faults, those that are played. Default: all. */
  readonly selects?: (plan: RoundPlan) => boolean;
  /** What is found must say this. */
  readonly says: RegExp;
}

/** A lock with nothing wrong, for stores. */
export const SOUND_LOCK = "intact-wrapper";

const sellsAtOnce = ({ style }: RoundPlan): boolean => style === "atomic";

/** By what is wrong with them; found by drawn rounds. */
export const twins: Readonly<Record<string, Twin>> = {
  "load-then-store": { adapter: "broken-adapter", lock: "load-then-store", faults: ["none"], says: /^P12/ }, // prettier-ignore
  "a lost WAITERS bit": { adapter: "broken-adapter", lock: "drops-contended-mark", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a WAITERS bit lost on take-over": { adapter: "broken-adapter", lock: "drops-mark-on-take-over", faults: ["terminate", "point"], says: /stall|nobody was granted/ }, // prettier-ignore
  "a WAITERS bit lost on take-over, in mapped memory": { adapter: "broken-cluster", lock: "drops-waiters-on-take-over", faults: ["kill", "point"], says: /stall/ }, // prettier-ignore
  "an unfenced store": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "unfenced", faults: ["none"], says: /^P[13]: / }, // prettier-ignore
  "a store whose reads do not raise the fence": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "reads-do-not-raise-fence", faults: ["none"], says: /^P[13]: / }, // prettier-ignore
  "release by a stranger": { adapter: "broken-adapter", lock: "stranger-frees", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "a repeated token": { adapter: "broken-adapter", lock: "repeated-token", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "not FIFO": { adapter: "broken-adapter", lock: "not-fifo", faults: ["line-up"], says: /^P11: those who waited in the order/ }, // prettier-ignore
  "no exclusion": { adapter: "broken-adapter", lock: "never-excludes", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "a death that nobody notices": { adapter: "broken-adapter", lock: "never-recovers", faults: ["terminate"], says: /stall/ }, // prettier-ignore
  "a death that nobody is told of": { adapter: "broken-adapter", lock: "never-abandoned", faults: ["terminate"], says: /was not told abandoned/ }, // prettier-ignore
  "nobody woken after a death": { adapter: "broken-adapter", lock: "wakes-nobody-after-death", faults: ["terminate"], says: /stall/ }, // prettier-ignore
  "a lock that an exit frees": { adapter: "undead-adapter", lock: "frees-on-exit", store: "shared", faults: ["terminate"], says: /^P5: / }, // prettier-ignore
  "a grant to one that was ended": { adapter: "undead-adapter", lock: "grants-to-the-ended", store: "shared", faults: ["terminate"], says: /^P5: .* after its end had been told/ }, // prettier-ignore
  "a wake-up that was dropped, by a lock of threads that looks as usual": { adapter: "healed-threads", lock: "futex", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a wake-up that was dropped, by a fifo lock of threads that looks as usual": { adapter: "healed-threads", lock: "fifo", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a wake-up that was dropped, by a lock of processes that looks as usual": { adapter: "healed-processes", lock: "mapped", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a store that sells an order twice": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "not-idempotent", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
  "a store with a torn journal": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "torn-journal", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
  "a store that checks, then acts": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "check-then-act", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
  "a store that ignores versions": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "version-ignored", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
  "a token that falls": { adapter: "broken-adapter", lock: "falling-token", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "tokens that begin at 0 again": { adapter: "broken-adapter", lock: "repeats-tokens-after-restart", faults: ["none"], says: /^P7: / }, // prettier-ignore
  "tokens that a new owner repeats": { adapter: "broken-cluster", lock: "restarts-tokens", store: "sqlite", faults: ["owner-kill"], says: /^P7: second-/ }, // prettier-ignore
  "a grant to one who was not answered": { adapter: "broken-cluster", lock: "grants-alone", faults: ["none"], says: /^P(12|7): / }, // prettier-ignore
  "a second release that frees": { adapter: "broken-adapter", lock: "double-release-frees", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "a time limit that is ignored": { adapter: "broken-adapter", lock: "timeout-ignored", faults: ["none"], says: /acquire with a limit of \d ms failed/ }, // prettier-ignore
  "an abort that takes a wake-up with it": { adapter: "broken-adapter", lock: "abort-swallows-wake-up", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a release that wakes nobody": { adapter: "broken-adapter", lock: "notifies-nobody", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a death that is noticed late": { adapter: "broken-adapter", lock: "slow-recovery", faults: ["terminate"], says: /^P4: .* nobody was granted for/ }, // prettier-ignore
  "a death that is told for ever": { adapter: "broken-adapter", lock: "abandoned-for-ever", faults: ["terminate"], says: /although nobody had died|stall/ }, // prettier-ignore
  "a dead waiter that is counted": { adapter: "broken-adapter", lock: "counts-the-dead", faults: ["terminate"], says: /nobody waits for it/ }, // prettier-ignore
  "a wake-up that dies": { adapter: "broken-adapter", lock: "wakes-the-dying", faults: ["point", "terminate"], says: /stall/ }, // prettier-ignore
  "a lost lock that hangs": { adapter: "undead-adapter", lock: "hangs-when-lost", store: "shared", faults: ["terminate"], says: /stall/ }, // prettier-ignore
  "a reset that raises no token": { adapter: "undead-adapter", lock: "reset-keeps-token", store: "shared", faults: ["terminate"], says: /^P5: a lost lock was reset/ }, // prettier-ignore
  "a reset that nobody is told of": { adapter: "undead-adapter", lock: "reset-forgets", store: "shared", faults: ["terminate"], says: /was not told abandoned/ }, // prettier-ignore
  "a reset that frees the living": { adapter: "undead-adapter", lock: "reset-frees-the-living", store: "shared", faults: ["terminate"], says: /^P(12|5|2): / }, // prettier-ignore
  "contenders that outlive their owner": { adapter: "orphaning-adapter", lock: "mapped", store: "sqlite", faults: ["owner-kill"], says: /^P7: .* live on/ }, // prettier-ignore
  "a lock of its own in each runtime": { adapter: "runtimes", lock: "apart-in-each-runtime", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "tokens that one runtime numbers otherwise": { adapter: "runtimes", lock: "numbers-otherwise", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "a runtime that is told of no death": { adapter: "runtimes", lock: "never-tells-of-deaths", faults: ["kill"], says: /was not told abandoned/ }, // prettier-ignore
  "a runtime whose releases wake nobody": { adapter: "runtimes", lock: "wakes-nobody", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a stock of its own in each runtime": { adapter: "runtimes", lock: "intact-among-runtimes", store: "stock-in-each-runtime", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
  "a store with gaps between its serials": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "serials-with-gaps", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
  "a store that sells on when it is full": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "never-full", faults: ["none"], selects: (plan) => plan.room !== null && sellsAtOnce(plan), says: /^P1[:2]/ }, // prettier-ignore
  "a store that writes behind": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "write-behind", faults: ["none"], selects: sellsAtOnce, says: /^P1[:2]/ }, // prettier-ignore
  "a store that cuts orders short": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "orders-cut-short", faults: ["none"], selects: sellsAtOnce, says: /^P1[:2]/ }, // prettier-ignore
};

/** What is sound among the suite's broken things: so that nothing is found for another reason. */
export const sound: readonly string[] = ["intact-wrapper", "intact-store", "intact-futex", "intact-fifo", "sleeps-long", "intact-among-runtimes"]; // prettier-ignore

/** Found out by a directed round of `directed.test.ts`. */
export const directedTwins: readonly string[] = ["owner-only-recovery", "release-dies-with-wake-up", "waiter-dies-with-wake-up"]; // prettier-ignore

/** Those that rounds cannot find out, why, and who does. All are about how a call behaves, or what it costs, not about the promises that rounds try. */
export const elsewhere: Readonly<Record<string, string>> = {
  "busy-waiter":
    "it costs processor time alone: conformance, `a long wait leaves the processor to others`",
  "self-deadlock-hangs":
    "contenders never block on what they hold: conformance, `acquireSync by the thread that holds the lock`",
  "lets-process-end":
    "a contender has a channel that keeps it alive: conformance, `a pending acquire keeps the process alive`",
  "grants-to-busy":
    "contenders' threads are busy for moments alone: conformance, `a waiter whose thread is busy`",
  "helper-takes-the-lock": "as grants-to-busy, between processes: conformance, the same case",
  "blind-to-deaths":
    "others call the data consistent, and then the blind runtime goes on: conformance, `a holder of one runtime that is killed hands the lock`",
  "reason-replaced":
    "which error an abort gives is no promise of rounds: conformance, `rejects with the signal's own reason`",
  "sync-throw-keeps-lock":
    "rounds acquire and release by themselves, without runExclusive: conformance, `a section that throws`",
  "rejection-keeps-lock": "without runExclusive: conformance, `a section whose promise rejects`",
  "thenable-not-awaited":
    "without runExclusive: conformance, `a thenable that the section returns`",
  "options-not-passed":
    "without runExclusive: conformance, `runExclusive does not run the section`",
  "close-leaves-waiters":
    "nobody closes a lock that others wait for: conformance, `close rejects pending and later acquires`",
  "never-closes": "a closed store is not used again: conformance, `a closed store refuses`",
};
