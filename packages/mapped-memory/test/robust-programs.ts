import type { Model, Program, Steps, Thread } from "@ticketlock/explorer";
import { exploration } from "@ticketlock/shared-memory/building-blocks";
import { OWNER_DIED, RobustWord, THREAD_ID, WAITERS } from "../src/robust-word.ts";
import { FREE, TOLD, WATCHED, WatchSlot } from "../src/watch-slot.ts";

/** Where the model's words are: the lock, what each thread has announced as pending, a client's slot. */
export const WORD = 0;
export const PENDING = 1;
export const SLOT = 10;

/** Stays as it is: the explorer keeps the memory. */
export const words: Int32Array = new Int32Array(16);

export type MakeWord = (me: number, steps: Steps) => RobustWord;

/** The shipped word, without the spinning that changes nothing but the number of states. */
export const shipped: MakeWord = (me, steps) => makeWord(me, steps, {});

/** What a variant gets wrong outside the word's own steps. */
export interface Faults {
  /** Nothing is announced in a slow acquire. */
  readonly waitsUnannounced?: boolean;
}

export function makeWord(
  me: number,
  steps: Steps,
  { waitsUnannounced = false }: Faults,
): RobustWord {
  let releasing = false;
  const word = new RobustWord(
    words,
    WORD,
    me,
    {
      wait: (expected, timeoutMs) => steps.wait(words, WORD, expected, timeoutMs) === "ok",
      wake: (count) => steps.wake(words, WORD, count),
      clearWaiters: () => void steps.andWakeAll(words, WORD, ~WAITERS),
      setPending: (pending) => {
        if (waitsUnannounced && !releasing) return;
        Atomics.store(words, PENDING + me, pending ? 1 : 0);
      },
    },
    0,
  );
  const { release } = word;
  word.release = () => {
    releasing = true;
    return release.call(word);
  };
  return word;
}

export type Contender = (me: number, make: MakeWord) => Program;

/** The section that only one may be in, as MappedMutex takes and leaves it: fast path first. */
function section(steps: Steps, word: RobustWord, me: number, round: number): void {
  steps.mark("section", round);
  steps.enter();
  steps.exit();
  const freed = Atomics.compareExchange(words, WORD, me, 0) === me || word.release();
  if (!freed) throw new Error("the holder does not hold the lock");
}

function tryTake(word: RobustWord, me: number): boolean {
  return Atomics.compareExchange(words, WORD, 0, me) === 0 || word.tryTake();
}

/** Blocks until it has the lock, `rounds` times. Looks again whenever `sliceMs` are over; never, unless told. */
export function blocking(rounds: number = 1, sliceMs: number = Infinity): Contender {
  return (me, make) => (steps) => {
    const word = make(me, steps);
    for (let round = 0; round < rounds; round++) {
      steps.mark("round", round);
      if (!tryTake(word, me)) {
        word.beginWait();
        for (let hasSlept = false; ; hasSlept = true) {
          steps.mark("wait", round, hasSlept);
          if (word.takeOrSleep(hasSlept, sliceMs) === "taken") break;
        }
      }
      section(steps, word, me, round);
    }
  };
}

/** Answers for the data that a dead holder has left. */
export const repairing: Contender = (me, make) => (steps) => {
  const word = make(me, steps);
  if (!tryTake(word, me)) {
    word.beginWait();
    for (let hasSlept = false; ; hasSlept = true) {
      steps.mark("wait", hasSlept);
      if (word.takeOrSleep(hasSlept, Infinity) === "taken") break;
    }
  }
  if ((word.load() & OWNER_DIED) !== 0) word.markConsistent();
  section(steps, word, me, 0);
};

/** Blocks for a limited time, then leaves. */
export const timed: Contender = (me, make) => (steps) => {
  const word = make(me, steps);
  if (!tryTake(word, me)) {
    word.beginWait();
    for (let hasSlept = false; ; hasSlept = true) {
      steps.mark("wait", hasSlept);
      const look = word.takeOrSleep(hasSlept, 1);
      if (look === "taken") break;
      if (look === "over") return word.leave();
    }
  }
  section(steps, word, me, 0);
};

/** Has just been woken when its time is over. */
export const wokenTooLate: Contender = (me, make) => (steps) => {
  const word = make(me, steps);
  if (!tryTake(word, me)) {
    word.beginWait();
    steps.mark("wait");
    if (word.takeOrSleep(false, Infinity) !== "taken") return word.leave();
  }
  section(steps, word, me, 0);
};

/** Waits without blocking: AsyncWaiters' steps, with a sleep on the slot in place of the await. */
export const client: Contender = (me, make) => (steps) => {
  const word = make(me, steps);
  const slot = new WatchSlot(words, SLOT);
  if (!tryTake(word, me)) {
    slot.watch();
    steps.wake(words, SLOT, 1);
    for (let taken = false; !taken;) {
      steps.mark("serve");
      const seen = slot.load();
      if (seen !== TOLD) {
        // The end of the time stands for the tick that looks again.
        if (steps.wait(words, SLOT, seen, 100) === "timed-out") taken = word.tryTakeWhenTold();
      } else if (!(taken = word.tryTakeWhenTold())) {
        slot.watch();
        steps.wake(words, SLOT, 1);
      }
    }
    steps.mark("leave");
    slot.leave(word, true);
    steps.wake(words, SLOT, 1);
  }
  section(steps, word, me, 0);
};

/** Is called off while it waits without blocking. */
export const calledOff: Contender = (me, make) => (steps) => {
  const word = make(me, steps);
  const slot = new WatchSlot(words, SLOT);
  slot.watch();
  steps.wake(words, SLOT, 1);
  steps.mark("call off");
  slot.leave(word, false);
  steps.wake(words, SLOT, 1);
};

/** Waits without blocking, and never comes to answer: its thread is busy for ever. */
export const deaf: Contender = () => (steps) => {
  new WatchSlot(words, SLOT).watch();
  steps.wake(words, SLOT, 1);
};

export interface HelperHabits {
  readonly takesTheLock?: boolean;
  readonly neverPassesOn?: boolean;
  /** Forgets, with a client that has left, the wake-up that it may have been given. */
  readonly keepsOnLeaving?: boolean;
}

/**
 * Sleeps in the client's place: the steps of HelperLoop for one slot, which is its control word as well.
 * It sleeps on one word at a time, where the shipped loop sleeps on both. That a change of the slot gets
 * it up from the lock word is therefore no step of its own: it comes with the end of its time, or, in
 * a model without such ends, never.
 */
export function helper({
  takesTheLock = false,
  neverPassesOn = false,
  keepsOnLeaving = false,
}: HelperHabits = {}): Contender {
  return (me, make) => (steps) => {
    const word = make(me, steps);
    const silent = Object.assign(make(me, steps), { passOn: () => {} });
    const slot = new WatchSlot(words, SLOT);
    while (slot.load() === FREE) {
      steps.wait(words, SLOT, FREE);
      steps.mark("idle");
    }
    for (;;) {
      steps.mark("watch");
      const isSettled = slot.settle(keepsOnLeaving ? silent : word);
      if (isSettled && keepsOnLeaving) return;
      // It may have passed the wake-up on; if it now does so once more, that is no lap of the same loop.
      steps.mark("settled", isSettled);
      if (isSettled) return word.leave();
      const seen = slot.load();
      if (seen === FREE) return word.leave(); // its client is dead
      if (seen === WATCHED) {
        word.beginWait();
        const marked = word.mark();
        if (marked !== 0) {
          steps.wait(words, WORD, marked, 100);
          continue;
        }
        if (takesTheLock && !word.tryTake()) continue;
        if (slot.tell()) steps.wake(words, SLOT, 1);
        continue;
      }
      if (seen !== TOLD) continue;
      // A client that does not answer: at whatever time this look comes.
      steps.mark("told");
      if (!neverPassesOn) word.passOn();
      steps.wait(words, SLOT, TOLD, 100);
    }
  };
}

/** When a free word that a dead thread had announced is worth a wake-up: `handle_futex_death` of Linux 6.2 and later. */
export const isFreeToKernel = (word: number): boolean => (word & THREAD_ID) === 0;

/** The same before Linux 6.2: a free word that keeps a mark is passed over. */
export const isFreeToOlderKernel = (word: number): boolean => word === 0;

/** What the kernel does for a thread that is gone: its robust list, then what it had announced. */
function kernel(dead: number, isFree: typeof isFreeToKernel): Program {
  return (steps) => {
    for (;;) {
      exploration.loop("kernel");
      const seen = Atomics.load(words, WORD);
      if (Atomics.load(words, PENDING + dead) !== 0 && isFree(seen))
        return void steps.wake(words, WORD, 1);
      if ((seen & THREAD_ID) !== dead) return;
      const next = (seen & WAITERS) | OWNER_DIED;
      if (Atomics.compareExchange(words, WORD, seen, next) !== seen) continue;
      if ((seen & WAITERS) !== 0) steps.wake(words, WORD, 1);
      return;
    }
  };
}

/** What the word must be when all have gone. */
const isFree: NonNullable<Model["whenOver"]> = () => {
  const left = Atomics.load(words, WORD);
  return (left & THREAD_ID) === 0 ? undefined : `the word is ${left} when all have gone`;
};

/** What a model of this lock may have besides. */
export interface RobustModel extends Partial<Model> {
  readonly make?: MakeWord;
  /** Sleeps in the place of those who wait without blocking. It may rest when they have ended. */
  readonly helpedBy?: Contender;
  /** The helper may die as well, and not only with its client: then nothing but a time-out gets the client on. */
  readonly helperDies?: boolean;
  /** What the kernel takes for free. Default: isFreeToKernel. */
  readonly isFreeTo?: typeof isFreeToKernel;
}

/** A model of the contenders. If anybody may die, all may but the helper, and the kernel answers for each. */
export function robustModel(contenders: readonly Contender[], options: RobustModel = {}): Model {
  const {
    make = shipped,
    helpedBy,
    helperDies = false,
    isFreeTo = isFreeToKernel,
    ...model
  } = options;
  const mayDie = (model.deaths ?? 0) > 0;
  const threads = contend(contenders, mayDie, make);
  if (helpedBy !== undefined) {
    const program = helpedBy(threads.length + 1, make);
    threads.push({ name: "helper", program, mortal: mayDie && helperDies, mayRest: true });
  }
  const answers = threads.flatMap(({ name, mortal }, i): Thread[] => {
    if (mortal !== true) return [];
    const answer = {
      name: `kernel for ${name}`,
      program: kernel(i + 1, isFreeTo),
      afterDeathOf: name,
    };
    const asks = contenders[i] === client || contenders[i] === calledOff;
    const end = { name: `end of ${name}`, program: clientEnds, afterDeathOf: name };
    return asks ? [answer, end] : [answer];
  });
  const names = { word: [words, WORD], slot: [words, SLOT] } as const;
  const all = [...threads, ...answers];
  return { seam: exploration, threads: all, names, whenOver: isFree, ...model };
}

/** The client's helper learns that there is nobody any more for whom to sleep. */
const clientEnds: Program = (steps) => {
  Atomics.store(words, SLOT, FREE);
  steps.wake(words, SLOT, 9);
};

/** The contenders as threads 1, 2, ... */
function contend(contenders: readonly Contender[], mortal: boolean, make: MakeWord): Thread[] {
  return contenders.map((contender, i): Thread => {
    const me = i + 1;
    return { name: `contender ${me}`, program: contender(me, make), mortal };
  });
}
