import type { Model, Program, Steps, Thread } from "@ticketlock/explorer";
import { exploration } from "../src/exploration.ts";
import { FutexWord, HOLDER, LOST } from "../src/futex-word.ts";
import { ZOMBIE, ZombieModel } from "./zombie-model.ts";

const WORD = 0;
const ASYNC_WORD = 1;
const OWNER = 9;
/** Stays as it is: the explorer keeps the memory. */
const words = new Int32Array(new SharedArrayBuffer(32));
const model = new ZombieModel(words, { tokenAt: 2, endedAt: 4, storeAt: 5 });

/** What can be wrong. Nothing: the shipped steps, as FutexMutex takes them. */
export interface ZombieTwin {
  /** Whoever learns of an end frees what the ended thread held. */
  readonly freesOnExit?: boolean;
  /** Whoever was ended takes what it is woken for, and keeps it. */
  readonly grantsToEnded?: boolean;
  readonly resetsWithoutToken?: boolean;
  /** Who waits is not told that the lock is lost. */
  readonly losesSilently?: boolean;
}

export type ZombieContender = (me: number, twin: ZombieTwin, resets: boolean) => Program;

function makeWord(twin: ZombieTwin): FutexWord {
  const word = new FutexWord(words, WORD, ASYNC_WORD, 0, model.isEnded);
  if (twin.freesOnExit === true)
    return Object.assign(word, { lose: (member: number) => word.recover(member) });
  if (twin.losesSilently === true) {
    const lose = (member: number): void => {
      const seen = Atomics.load(words, WORD);
      if ((seen & HOLDER) === member) Atomics.compareExchange(words, WORD, seen, seen | LOST);
    };
    return Object.assign(word, { lose });
  }
  return word;
}

/** As MemoryLock.isRefused. */
function isRefused(word: FutexWord, me: number, twin: ZombieTwin): boolean {
  return (twin.grantsToEnded !== true && model.isEnded(me)) || word.isLost();
}

function tryTake(word: FutexWord, me: number): boolean {
  return Atomics.compareExchange(words, WORD, 0, me) === 0 || word.tryTake(me);
}

/** From the grant to the release, as MemoryLock does it. */
function hold(steps: Steps, word: FutexWord, me: number, twin: ZombieTwin, resets: boolean): void {
  // After a reset the zombie may still be inside, and only the store keeps it out.
  const tracked = !resets || me !== ZOMBIE;
  steps.mark("taken");
  // Without a reset tokens and the store matter to nobody.
  const token = resets ? model.issueToken() : 0;
  if (twin.grantsToEnded !== true && model.isEnded(me)) {
    steps.mark("let go");
    return word.letGo(me);
  }
  steps.mark("granted", token);
  if (tracked) steps.enter();
  if (resets) model.commit(steps, me, token);
  steps.mark("leaves");
  if (tracked) steps.exit();
  if (Atomics.compareExchange(words, WORD, me, 0) !== me && !word.release(me) && me !== ZOMBIE)
    throw new Error("the holder does not hold the lock");
}

export const blocking: ZombieContender = (me, twin, resets) => (steps) => {
  const word = makeWord(twin);
  for (let taken = tryTake(word, me), owes = false; !taken;) {
    steps.mark("wait", owes);
    if (isRefused(word, me, twin)) return word.leave(owes);
    ({ taken, owes } = word.sleep(me, owes, Infinity));
  }
  hold(steps, word, me, twin, resets);
};

export const awaiting: ZombieContender = (me, twin, resets) => (steps) => {
  const word = makeWord(twin);
  for (let taken = tryTake(word, me); !taken;) {
    steps.mark("serve");
    if (isRefused(word, me, twin)) return;
    steps.mark("attempt");
    const attempt = word.tryTakeOrMark(me);
    if (attempt === "taken") taken = true;
    else if (isRefused(word, me, twin)) return;
    else Atomics.wait(words, ASYNC_WORD, attempt);
  }
  hold(steps, word, me, twin, resets);
};

/** The owner is told of the zombie's end. */
const ends =
  (twin: ZombieTwin): Program =>
  (steps) => {
    model.markEnded();
    steps.mark("marked");
    makeWord(twin).lose(ZOMBIE);
  };

/** And resets the lock, if it is lost; then it looks after the store, with the token of the reset. */
const endsAndResets =
  (twin: ZombieTwin): Program =>
  (steps) => {
    ends(twin)(steps);
    steps.mark("look");
    if (!makeWord(twin).isLost()) return;
    steps.mark("reset");
    if (!makeWord(twin).takeOver(ZOMBIE, OWNER)) return;
    steps.mark("was taken over");
    const token = twin.resetsWithoutToken === true ? model.lastToken() : model.issueToken();
    steps.mark("raised", token);
    makeWord(twin).release(OWNER);
    steps.mark("was reset", token);
    const count = model.read(steps, token);
    if (count >= 0) model.write(steps, token, count);
  };

export interface ZombieScene {
  readonly contenders: readonly ZombieContender[];
  readonly resets: boolean;
  /** The zombie stands where it is ended, and never runs on. */
  readonly stands?: boolean;
  readonly model?: Partial<Model>;
}

/** A model of contenders of whom the first is ended, and may run on. */
export function futexZombieModel(
  { contenders, resets, stands = false, model: more }: ZombieScene,
  twin: ZombieTwin = {},
): Model {
  const threads = contenders.map((contender, i): Thread => {
    const me = i + 1;
    const name = me === ZOMBIE ? "zombie" : `contender ${me}`;
    return { name, program: contender(me, twin, resets), mortal: me === ZOMBIE };
  });
  const owner: Thread = {
    name: "owner",
    program: resets ? endsAndResets(twin) : ends(twin),
    afterDeathOf: "zombie",
  };
  const whenOver: Model["whenOver"] = () => {
    const left = Atomics.load(words, WORD);
    const held = left & HOLDER;
    if (held !== 0 && (resets || held !== ZOMBIE || (left & LOST) === 0))
      return `the word is ${left} when all have gone`;
    return model.lostCommit();
  };
  const zombies = stands ? "stay-queued" : "run-on";
  return {
    seam: exploration,
    threads: [...threads, owner],
    whenOver,
    deaths: 1,
    zombies,
    ...more,
  };
}
