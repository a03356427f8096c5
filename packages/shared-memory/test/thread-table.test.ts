import type { Model, Program, Steps, Thread } from "@ticketlock/explorer";
import { isTicketlockError } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { exploration } from "../src/exploration.ts";
import { FutexWord, HOLDER } from "../src/futex-word.ts";
import { LINE } from "../src/shared-region.ts";
import { ThreadTable } from "../src/thread-table.ts";
import { explore } from "./explore.ts";
import { fakePlatform } from "./fake-platform.ts";

/** Words of the model: the lock's two, and the table from BASE on. */
const WORD = 0;
const ASYNC_WORD = 1;
const BASE = LINE;
const slotOf = (member: number): number => BASE + LINE + (member - 1) * 16;

/** How often the newcomer tries while others recover. */
const PATIENCE = 2;

/** Room in the table: just for those who are there. */
const SIZE = 3;

/** Members that have entered before the model starts, each in a thread of its own. */
const VICTIM = 1;
const FIRST = 2;
const SECOND = 3;
const threadOf = (member: number): number => 10 + member;
const NEWCOMER_THREAD = 20;

/** Stays as it begins, with three who have entered: the explorer keeps the memory. */
const words = new Int32Array(new SharedArrayBuffer(4 * (BASE + ThreadTable.words(SIZE))));
for (const member of [VICTIM, FIRST, SECOND]) words[slotOf(member)] = threadOf(member);

function makeWord(): FutexWord {
  return new FutexWord(words, WORD, ASYNC_WORD, 0);
}

type MakeTable = (threadId: number) => ThreadTable;
const shipped: MakeTable = (threadId) =>
  new ThreadTable(words, BASE, SIZE, fakePlatform(threadId), PATIENCE);

function lockOnce(steps: Steps, me: number): void {
  const word = makeWord();
  for (let taken = word.tryTake(me), owes = false; !taken;) {
    steps.mark("wait", me, owes);
    ({ taken, owes } = word.sleep(me, owes, Infinity));
  }
  steps.mark("section", me);
  steps.enter();
  steps.exit();
  if (!word.release(me)) throw new Error("the hold was freed by somebody else");
}

/** Learns of deaths and does what a lock then does. */
function recovers(make: MakeTable, me: number, dead: readonly number[], locks: boolean): Program {
  return (steps) => {
    const table = make(threadOf(me));
    const word = makeWord();
    for (const member of dead) table.markThread(threadOf(member));
    steps.mark("recover");
    table.recoverDead((member) => word.recover(member));
    if (!locks) return;
    steps.mark("lock");
    lockOnce(steps, me);
  };
}

/** Comes while others recover, and gets the dead thread's slot once it is free. */
function newcomer(make: MakeTable): Program {
  return (steps) => {
    const table = make(NEWCOMER_THREAD);
    let me = 0;
    try {
      me = table.enter((member) => makeWord().recover(member));
    } catch (error) {
      if (!isTicketlockError(error, "QUEUE_FULL")) throw error;
      return;
    }
    steps.mark("entered", me);
    lockOnce(steps, me);
  };
}

function modelOf(threads: readonly Thread[], deaths: number): Model {
  return {
    threads,
    deaths,
    whenOver: () => {
      if ((Atomics.load(words, WORD) & HOLDER) !== 0) return "the lock is held when all have gone";
      if (Atomics.load(words, BASE) !== 0) return "somebody still recovers when all have gone";
      for (let member = 1; member <= SIZE + 1; member++)
        if (Atomics.load(words, slotOf(member)) < 0) return `member ${member} was not recovered`;
      return undefined;
    },
  };
}

const victim: Thread = {
  name: "victim",
  program: (steps) => lockOnce(steps, VICTIM),
  mortal: true,
};

/** Two who learn of the same death at the same time, and somebody who wants the slot. */
function twoRecoverers(make: MakeTable): Model {
  const threads: Thread[] = [
    victim,
    { name: "first", program: recovers(make, FIRST, [VICTIM], true), afterDeathOf: "victim" },
    { name: "second", program: recovers(make, SECOND, [VICTIM], false), afterDeathOf: "victim" },
    { name: "newcomer", program: newcomer(make) },
  ];
  return modelOf(threads, 1);
}

/** One who dies while it recovers another; who learns of that knows of both. */
function recovererDies(make: MakeTable): Model {
  const first = recovers(make, FIRST, [VICTIM], false);
  const second = recovers(make, SECOND, [FIRST, VICTIM], true);
  const threads: Thread[] = [
    victim,
    { name: "first", program: first, afterDeathOf: "victim", mortal: true },
    { name: "second", program: second, afterDeathOf: "first" },
    { name: "newcomer", program: newcomer(make) },
  ];
  return modelOf(threads, 2);
}

/** Everybody who learns of a death recovers on their own, without a claim. */
const everyoneRecovers: MakeTable = (threadId) => {
  const table = shipped(threadId);
  return Object.assign(table, {
    recoverDead: (recoverMember: (member: number) => void): void => {
      for (let member = 1; member <= SIZE; member++) {
        exploration.loop("recoverDead", member);
        if (Atomics.load(words, slotOf(member)) >= 0) continue;
        recoverMember(member);
        Atomics.store(words, slotOf(member), 0);
      }
    },
  });
};

/** A recoverer who is found dead is not replaced. */
const nobodyTakesOver: MakeTable = (threadId) => {
  const table = shipped(threadId);
  return Object.assign(table, {
    recoverDead: (recoverMember: (member: number) => void): void => {
      if (Atomics.load(words, BASE) === 0)
        ThreadTable.prototype.recoverDead.call(table, recoverMember);
    },
  });
};

describe("ThreadTable under every interleaving", { timeout: 300_000 }, () => {
  test("recovers a death once, and never frees the hold of a newcomer who got the dead thread's slot", () => {
    const { verdict, states, violation, trace } = explore(twoRecoverers(shipped));
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
    console.log(`ThreadTable, two recoverers and a newcomer: proved in ${states} states`);
  });

  test("lets somebody else finish when a recoverer dies half-way", () => {
    const { verdict, states, violation, trace } = explore(recovererDies(shipped));
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
    console.log(`ThreadTable, a recoverer that dies: proved in ${states} states`);
  });

  test("would free a newcomer's hold if everyone recovered on their own", () => {
    const { violation } = explore(twoRecoverers(everyoneRecovers));
    expect(violation).toContain("the hold was freed by somebody else");
  });

  test("would leave the death unanswered if nobody took over from a dead recoverer", () => {
    const { violation } = explore(recovererDies(nobodyTakesOver));
    expect(violation).toContain("somebody still recovers");
  });
});
