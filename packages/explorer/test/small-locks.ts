import type { LoopSeam, Model, Program, Steps, Thread } from "../src/index.ts";
import { sharedWords } from "./shared-words.ts";

/**
 * Small locks of the tests' own, each with mistakes that can be switched on. They show what the
 * explorer finds; the locks that ship are explored by the packages that have them.
 */
export const seam: LoopSeam = { loop() {} };

/** Stays as it is: the explorer keeps the memory. */
export const words: Int32Array = sharedWords(8);
const LOCK = 0;
/** Behind it: for each contender, whether it has announced that it is in the middle of something. */
const PENDING = 0;
/** Of no meaning but that it is looked at in a section. */
const DATA = 7;

type Section = (steps: Steps) => void;

const plainSection: Section = (steps) => {
  steps.enter();
  Atomics.load(words, DATA);
  steps.exit();
};

const sectionWithFinally: Section = (steps) => {
  try {
    steps.enter();
    Atomics.load(words, DATA);
  } finally {
    steps.exit();
  }
};

const sectionWithCatch: Section = (steps) => {
  steps.enter();
  try {
    Atomics.load(words, DATA);
  } catch {
    // As if whatever went wrong did not matter.
  }
  steps.exit();
};

export const sections: Readonly<Record<"plain" | "with a finally" | "with a catch", Section>> = {
  plain: plainSection,
  "with a finally": sectionWithFinally,
  "with a catch": sectionWithCatch,
};

type Take = () => boolean;

/** Ways to try to take a lock that go on past what stops them. */
export const takes: Readonly<
  Record<"in a try with a catch" | "in a try with a finally", (take: Take) => Take>
> = {
  "in a try with a catch": (take) => () => {
    try {
      return take();
    } catch {
      return false; // as if somebody else had it
    }
  },
  "in a try with a finally": (take) => () => {
    let isTaken = false;
    try {
      isTaken = take();
    } finally {
      if (!isTaken) Atomics.load(words, DATA);
    }
    return isTaken;
  },
};

/**
 * Spins for a flag. Taken by a load and a store, it may be free for two at once.
 *
 * @param tries - puts more around each attempt
 */
export function flagLock(
  section: Section,
  isBroken: boolean,
  tries: (take: Take) => Take = (take) => take,
): Program {
  const take = tries(() => {
    if (!isBroken) return Atomics.compareExchange(words, LOCK, 0, 1) === 0;
    if (Atomics.load(words, LOCK) !== 0) return false;
    Atomics.store(words, LOCK, 1);
    return true;
  });
  return (steps) => {
    while (!take()) seam.loop("spin");
    section(steps);
    Atomics.store(words, LOCK, 0);
  };
}

/**
 * The second mutex of Ulrich Drepper, "Futexes Are Tricky" (2011): 0 free, 1 taken, 2 taken and
 * somebody may sleep.
 *
 * @param forgets - who has slept takes it as if nobody else slept
 */
export function threeStateLock(forgets: boolean): Program {
  return (steps) => {
    let seen = Atomics.compareExchange(words, LOCK, 0, 1);
    while (seen !== 0) {
      seam.loop("wait", seen);
      if (seen === 2 || Atomics.compareExchange(words, LOCK, 1, 2) !== 0)
        Atomics.wait(words, LOCK, 2);
      seen = Atomics.compareExchange(words, LOCK, 0, forgets ? 1 : 2);
    }
    steps.mark("section");
    plainSection(steps);
    if (Atomics.sub(words, LOCK, 1) === 1) return;
    Atomics.store(words, LOCK, 0);
    Atomics.notify(words, LOCK, 1);
  };
}

const WAITERS = 1 << 16;
const HOLDER = WAITERS - 1;
const DIED = 1 << 17;

/** Whom a recovery wakes: everybody; one; or everybody, but only if the dead held the lock. */
export type Wakes = "all" | "one" | "all if held";

/** A word with the holder's number; whoever learns of a death frees what the dead held. */
function namedLock(me: number): Program {
  const acquire = (): void => {
    for (let mine = me; ;) {
      seam.loop("acquire", mine);
      const seen = Atomics.compareExchange(words, LOCK, 0, mine);
      if (seen === 0) return;
      const marked = seen | WAITERS;
      if (seen !== marked && Atomics.compareExchange(words, LOCK, seen, marked) !== seen) continue;
      Atomics.wait(words, LOCK, marked);
      mine = me | WAITERS; // others may sleep behind
    }
  };
  return (steps) => {
    acquire();
    steps.mark("section");
    plainSection(steps);
    if ((Atomics.exchange(words, LOCK, 0) & WAITERS) !== 0) Atomics.notify(words, LOCK, 1);
  };
}

function recovery(dead: number, wakes: Wakes): Program {
  return () => {
    let held = false;
    for (;;) {
      seam.loop("recover");
      const seen = Atomics.load(words, LOCK);
      if ((seen & HOLDER) !== dead) break;
      held = Atomics.compareExchange(words, LOCK, seen, 0) === seen;
      if (held) break;
    }
    if (wakes === "all if held" && !held) return;
    Atomics.notify(words, LOCK, wakes === "one" ? 1 : Infinity);
  };
}

const numbers = [1, 2, 3];

export function recoveredLock(wakes: Wakes): readonly Thread[] {
  return numbers.flatMap((me): Thread[] => [
    { name: `contender ${me}`, program: namedLock(me), mortal: true },
    { name: `recovery of ${me}`, program: recovery(me, wakes), afterDeathOf: `contender ${me}` },
  ]);
}

/** What a robust word must take care of, whose holder's death the operating system answers. */
export interface Precautions {
  /** Announces the whole slow acquire. */
  readonly announcesWait: boolean;
  /** Announces a contended release. */
  readonly announcesRelease: boolean;
  /** A contended release leaves WAITERS set. */
  readonly leavesWaiters: boolean;
  /** Who takes the lock over from a dead holder keeps WAITERS. */
  readonly keepsWaiters: boolean;
}

function robustAcquire(me: number, steps: Steps, precautions: Precautions): void {
  const { announcesWait, keepsWaiters } = precautions;
  if (announcesWait) Atomics.store(words, PENDING + me, 1);
  for (let slept = false; ; slept = true) {
    let seen: number;
    for (;;) {
      seam.loop("look", slept);
      seen = Atomics.load(words, LOCK);
      if ((seen & HOLDER) === 0) {
        const drops = !keepsWaiters && (seen & DIED) !== 0;
        const waiters = !drops && (slept || (seen & WAITERS) !== 0) ? WAITERS : 0;
        if (Atomics.compareExchange(words, LOCK, seen, me | waiters) !== seen) continue;
        if (announcesWait) Atomics.store(words, PENDING + me, 0);
        return;
      }
      const marked = seen | WAITERS;
      if (seen === marked || Atomics.compareExchange(words, LOCK, seen, marked) === seen) break;
    }
    steps.wait(words, LOCK, seen | WAITERS);
  }
}

function robustLock(me: number, precautions: Precautions): Program {
  const { announcesRelease, leavesWaiters } = precautions;
  return (steps) => {
    if (Atomics.compareExchange(words, LOCK, 0, me) !== 0) robustAcquire(me, steps, precautions);
    steps.mark("section");
    plainSection(steps);
    if (Atomics.compareExchange(words, LOCK, me, 0) === me) return;
    if (announcesRelease) Atomics.store(words, PENDING + me, 1);
    Atomics.store(words, LOCK, leavesWaiters ? WAITERS : 0);
    steps.wake(words, LOCK, 1);
    if (announcesRelease) Atomics.store(words, PENDING + me, 0);
  };
}

/** What Linux does for a thread that is gone (`handle_futex_death` in kernel/futex/core.c). */
function kernel(dead: number): Program {
  return (steps) => {
    for (;;) {
      seam.loop("kernel");
      const seen = Atomics.load(words, LOCK);
      if (Atomics.load(words, PENDING + dead) !== 0 && (seen & HOLDER) === 0)
        return void steps.wake(words, LOCK, 1);
      if ((seen & HOLDER) !== dead) return;
      const next = (seen & WAITERS) | DIED;
      if (Atomics.compareExchange(words, LOCK, seen, next) !== seen) continue;
      if ((seen & WAITERS) !== 0) steps.wake(words, LOCK, 1);
      return;
    }
  };
}

export function robustThreads(precautions: Precautions): readonly Thread[] {
  return numbers.flatMap((me): Thread[] => [
    { name: `contender ${me}`, program: robustLock(me, precautions), mortal: true },
    { name: `kernel for ${me}`, program: kernel(me), afterDeathOf: `contender ${me}` },
  ]);
}

/** So many contenders with one program. */
export function contenders(count: number, program: Program): Thread[] {
  return Array.from({ length: count }, (_, i) => ({ name: `contender ${i + 1}`, program }));
}

/** A model of these threads. */
export function modelOf(threads: readonly Thread[], more: Partial<Model> = {}): Model {
  return { threads, seam, names: { lock: [words, LOCK] }, ...more };
}
