import type { Model, Program, Steps, Thread } from "@ticketlock/explorer";
import { exploration } from "../src/exploration.ts";
import { FutexWord, HOLDER, SLEEPERS } from "../src/futex-word.ts";

/** Where the model's words are. */
export const WORD = 0;
export const ASYNC_WORD = 1;

/** Stays as it is: the explorer keeps the memory. */
export const words: Int32Array = new Int32Array(new SharedArrayBuffer(8));

export type MakeWord = () => FutexWord;

/** The shipped word, without the spinning that changes nothing but the number of states. */
export const shipped: MakeWord = () => new FutexWord(words, WORD, ASYNC_WORD, 0);

/** A variant of the shipped word with some of its methods replaced. */
export function variant(change: (word: FutexWord) => Partial<FutexWord>): MakeWord {
  return () => {
    const word = shipped();
    return Object.assign(word, change(word));
  };
}

export type Contender = (me: number, make: MakeWord) => Program;

/** The section that only one may be in, as FutexMutex takes and leaves it: fast path first. */
function section(steps: Steps, word: FutexWord, me: number, round: number): void {
  steps.mark("section", round);
  steps.enter();
  steps.exit();
  const freed = Atomics.compareExchange(words, WORD, me, 0) === me || word.release(me);
  if (!freed) throw new Error("the holder does not hold the lock");
}

function tryTake(word: FutexWord, me: number): boolean {
  return Atomics.compareExchange(words, WORD, 0, me) === 0 || word.tryTake(me);
}

/** Blocks until it has the lock, `rounds` times. */
export function blocking(rounds: number = 1): Contender {
  return (me, make) => (steps) => {
    const word = make();
    for (let round = 0; round < rounds; round++) {
      steps.mark("round", round);
      for (let taken = tryTake(word, me), owes = false; !taken;) {
        steps.mark("wait", round, owes);
        ({ taken, owes } = word.sleep(me, owes, Infinity));
      }
      section(steps, word, me, round);
    }
  };
}

/** What FutexMutex does when the time is over, before it leaves. */
function lastTry(word: FutexWord, me: number, owes: boolean): boolean {
  return word.tryTake(me, owes ? SLEEPERS : 0);
}

/** Blocks for a limited time, then leaves. */
export const timed: Contender = (me, make) => (steps) => {
  const word = make();
  for (let taken = tryTake(word, me), owes = false; !taken;) {
    steps.mark("wait", owes);
    const sleep = word.sleep(me, owes, 1);
    ({ taken, owes } = sleep);
    if (!sleep.timedOut) continue;
    steps.mark("leave", owes);
    if (!lastTry(word, me, owes)) return word.leave(owes);
    taken = true;
  }
  section(steps, word, me, 0);
};

/** Has just been woken when its time is over, and leaves with the debt of the wake-up. */
export const wokenTooLate: Contender = (me, make) => (steps) => {
  const word = make();
  if (!tryTake(word, me)) {
    steps.mark("wait");
    const { taken, owes } = word.sleep(me, false, Infinity);
    if (!taken) {
      steps.mark("leave", owes);
      if (!lastTry(word, me, owes)) return word.leave(owes);
    }
  }
  section(steps, word, me, 0);
};

/** Waits without blocking: the steps of FutexMutex's loop, with a sleep on the async word in place of the await. */
export function awaiting(rounds: number = 1): Contender {
  return (me, make) => (steps) => {
    const word = make();
    for (let round = 0; round < rounds; round++) {
      steps.mark("round", round);
      for (let taken = tryTake(word, me); !taken;) {
        steps.mark("serve", round);
        const attempt = word.tryTakeOrMark(me);
        if (attempt === "taken") taken = true;
        else Atomics.wait(words, ASYNC_WORD, attempt);
      }
      section(steps, word, me, round);
    }
  };
}

/** Waits without blocking and is called off. */
export const calledOff: Contender = (me, make) => (steps) => {
  const word = make();
  let taken = tryTake(word, me);
  while (!taken) {
    steps.mark("serve");
    const attempt = word.tryTakeOrMark(me);
    if (attempt === "taken") taken = true;
    else if (Atomics.wait(words, ASYNC_WORD, attempt, 1) === "timed-out") return word.wakeAsync();
  }
  section(steps, word, me, 0);
};

/** What the word must be when all have gone. */
const isFree: NonNullable<Model["whenOver"]> = () => {
  const left = Atomics.load(words, WORD);
  return (left & HOLDER) === 0 ? undefined : `the word is ${left} when all have gone`;
};

/** A model of the contenders. If anybody may die, all may, and each has somebody who recovers it. */
export function futexModel(
  contenders: readonly Contender[],
  { make = shipped, ...model }: Partial<Model> & { readonly make?: MakeWord } = {},
): Model {
  const threads = contend(contenders, (model.deaths ?? 0) > 0, make);
  const names = { word: [words, WORD], asyncWord: [words, ASYNC_WORD] } as const;
  return { seam: exploration, threads, names, whenOver: isFree, ...model };
}

/** The contenders as threads 1, 2, ... */
function contend(contenders: readonly Contender[], mortal: boolean, make: MakeWord): Thread[] {
  const threads = contenders.map((contender, i): Thread => {
    const me = i + 1;
    return { name: `contender ${me}`, program: contender(me, make), mortal };
  });
  if (!mortal) return threads;
  const recoverers = threads.map(({ name }, i): Thread => {
    const program: Program = () => make().recover(i + 1);
    return { name: `recovery of ${name}`, program, afterDeathOf: name };
  });
  return [...threads, ...recoverers];
}
