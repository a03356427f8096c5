import type { Model } from "../src/index.ts";
import {
  contenders,
  flagLock,
  modelOf,
  type Precautions,
  recoveredLock,
  robustThreads,
  sections,
  takes,
  threeStateLock,
  type Wakes,
} from "./small-locks.ts";

/** A mistake, and the same lock without it. */
export interface SeededBug {
  readonly name: string;
  readonly broken: Model;
  readonly cured: Model;
  readonly violation: string;
  /** The fewest preemptions with which it shows. */
  readonly preemptions: number;
  /** With which depth 5 000 runs by random priorities find it, or as many as `randomRuns` says. */
  readonly randomDepth: number;
  readonly randomRuns?: number;
}

const careful: Precautions = {
  announcesWait: true,
  announcesRelease: true,
  leavesWaiters: true,
  keepsWaiters: true,
};

const sleeps = "sleeps for ever";

const robust = (
  without: Partial<Precautions>,
): Pick<SeededBug, "broken" | "cured" | "violation"> => ({
  broken: modelOf(robustThreads({ ...careful, ...without }), { deaths: 1 }),
  cured: modelOf(robustThreads(careful), { deaths: 1 }),
  violation: sleeps,
});

const recovered = (
  wakes: Wakes,
  more: Partial<Model>,
): Pick<SeededBug, "broken" | "cured" | "violation"> => ({
  broken: modelOf(recoveredLock(wakes), { deaths: 1, ...more }),
  cured: modelOf(recoveredLock("all"), { deaths: 1, ...more }),
  violation: sleeps,
});

const loadThenStore = (["plain", "with a finally", "with a catch"] as const).map(
  (section): SeededBug => ({
    name: `a load and then a store, section ${section}`,
    broken: modelOf(contenders(2, flagLock(sections[section], true))),
    cured: modelOf(contenders(2, flagLock(sections[section], false))),
    violation: "mutual exclusion",
    preemptions: 2,
    randomDepth: 3,
  }),
);

const loadThenStoreInTry = (["in a try with a catch", "in a try with a finally"] as const).map(
  (take): SeededBug => ({
    name: `a load and then a store, ${take}`,
    broken: modelOf(contenders(2, flagLock(sections.plain, true, takes[take]))),
    cured: modelOf(contenders(2, flagLock(sections.plain, false, takes[take]))),
    violation: "mutual exclusion",
    preemptions: 2,
    randomDepth: 3,
  }),
);

export const seededBugs: readonly SeededBug[] = [
  ...loadThenStore,
  ...loadThenStoreInTry,
  {
    name: "a contended bit dropped by who has slept",
    broken: modelOf(contenders(3, threeStateLock(true))),
    cured: modelOf(contenders(3, threeStateLock(false))),
    violation: sleeps,
    preemptions: 1,
    randomDepth: 3,
  },
  {
    name: "WAITERS dropped when the lock is taken over from the dead",
    ...robust({ keepsWaiters: false }),
    preemptions: 0,
    randomDepth: 3,
  },
  {
    name: "a recovery that wakes only if the dead held the lock",
    ...recovered("all if held", {}),
    preemptions: 1,
    randomDepth: 3,
  },
  {
    name: "a recovery that wakes one, whom a zombie keeps from it",
    ...recovered("one", { zombies: "stay-queued" }),
    preemptions: 1,
    randomDepth: 3,
  },
  {
    name: "an unlocker killed between freeing and waking",
    ...robust({ announcesRelease: false }),
    preemptions: 1,
    randomDepth: 3,
  },
  {
    name: "a waiter killed between its wake-up and its compare-and-set",
    ...robust({ announcesWait: false }),
    preemptions: 1,
    randomDepth: 3,
  },
  {
    name: "the kernel's own wake-up missed because a newcomer barged in",
    ...robust({ leavesWaiters: false }),
    preemptions: 2,
    randomDepth: 8,
    randomRuns: 10_000,
  },
];
