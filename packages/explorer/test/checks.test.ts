import { describe, expect, test } from "vitest";
import { CannotExplore, explore, type Model, type Program, type Thread } from "../src/index.ts";
import { sharedWords } from "./shared-words.ts";
import { recoveredLock, seam } from "./small-locks.ts";

/** Stays as it is: the explorer keeps the memory. */
const words = sharedWords(4);
const LOCK = 0;
const TOKEN = 1;

function threadsOf(...programs: readonly Program[]): Thread[] {
  return programs.map((program, i) => ({ name: `thread ${i + 1}`, program }));
}

describe("tokens", () => {
  /** Takes a lock, and a token after it or before. */
  const holder =
    (isEarly: boolean): Program =>
    (steps) => {
      const early = isEarly ? Atomics.add(words, TOKEN, 1) + 1 : 0;
      while (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) seam.loop("spin", early);
      steps.enter(isEarly ? early : Atomics.add(words, TOKEN, 1) + 1);
      steps.exit();
      Atomics.store(words, LOCK, 0);
    };

  test("rise with each who enters, where the holder issues them", () => {
    const threads = threadsOf(holder(false), holder(false), holder(false));
    expect(explore({ seam, threads }).verdict).toBe("proved");
  });

  test("do not where they are issued before the lock is taken", () => {
    const { violation } = explore({ seam, threads: threadsOf(holder(true), holder(true)) });
    expect(violation).toBe("token 1 after 2");
  });

  test("may be large", () => {
    const program: Program = (steps) => {
      steps.enter(2 ** 52);
      steps.exit();
      Atomics.load(words, 0);
      steps.enter(2 ** 52 - 1);
    };
    expect(explore({ threads: threadsOf(program) }).violation).toBe(
      `token ${2 ** 52 - 1} after ${2 ** 52}`,
    );
  });
});

describe("always", () => {
  const adder: Program = () => void Atomics.add(words, 0, 1);

  test("is asked in every state, and reads it with Atomics", () => {
    const seen = new Set<number>();
    const always = (): undefined => void seen.add(Atomics.load(words, 0));
    explore({ threads: threadsOf(adder, adder), always });
    expect([...seen]).toEqual([0, 1, 2]);
  });

  test("makes what it says a violation, also what it throws", () => {
    const threads = threadsOf(adder, adder);
    const tooMany = (): string | undefined =>
      Atomics.load(words, 0) > 1 ? "more than one" : undefined;
    expect(explore({ threads, always: tooMany })).toMatchObject({
      violation: "more than one",
      trace: { steps: { length: 2 } },
    });
    const fails = (): undefined => {
      if (Atomics.load(words, 0) > 1) throw new Error("too many");
    };
    expect(explore({ threads, always: fails }).violation).toBe("thrown: Error: too many");
    expect(explore({ threads, always: tooMany }, { preemptions: 0 }).verdict).toBe("violation");
    expect(explore({ threads, always: tooMany }, { runs: 1, depth: 1 }).verdict).toBe("violation");
  });
});

describe("whenOver", () => {
  const adder: Program = () => void Atomics.add(words, 0, 1);

  test("may go on with the words as one who comes last, unseen by others", () => {
    const ends = new Set<number>();
    const whenOver = (): string | undefined => {
      ends.add(Atomics.add(words, 0, 10));
      return Atomics.notify(words, 0) === 0 && Atomics.wait(words, 0, 0) === "not-equal"
        ? undefined
        : "somebody sleeps";
    };
    expect(explore({ threads: threadsOf(adder, adder), whenOver })).toMatchObject({
      verdict: "proved",
      ends: ["[0]=2"],
    });
    expect([...ends]).toEqual([2]);
  });

  test("cannot sleep", () => {
    const whenOver = (): undefined => void Atomics.wait(words, 1, 0);
    expect(() => explore({ threads: threadsOf(adder), whenOver })).toThrow(CannotExplore);
  });
});

describe("a recovery that is run twice", () => {
  /** Whoever learns of a death gives back what the dead had counted. */
  const victim: Program = () => {
    Atomics.store(words, 1, 1);
    Atomics.store(words, 2, 1);
    Atomics.store(words, 3, 1);
  };
  const claims: Program = () => {
    if (Atomics.exchange(words, 2, 0) === 1) Atomics.sub(words, 1, 1);
  };
  const looksOnly: Program = () => {
    if (Atomics.load(words, 2) === 1) Atomics.sub(words, 1, 1);
  };
  const twice = (program: Program): Model => ({
    threads: [
      { name: "victim", program: victim, mortal: true },
      { name: "first", program, afterDeathOf: "victim" },
      { name: "second", program, afterDeathOf: "victim" },
    ],
    deaths: 1,
    always: () => (Atomics.load(words, 1) < 0 ? "given back twice" : undefined),
  });

  test("is proved to do no more than one, by two recoverers of one death", () => {
    expect(explore(twice(claims)).verdict).toBe("proved");
    expect(explore(twice(looksOnly)).violation).toBe("given back twice");
  });

  test("of a lock frees it once", () => {
    const threads = recoveredLock("all");
    const again = threads
      .filter(({ afterDeathOf }) => afterDeathOf !== undefined)
      .map((thread) => ({ ...thread, name: `${thread.name}, again` }));
    expect(explore({ seam, threads: [...threads, ...again], deaths: 1 }).verdict).toBe("proved");
  });
});

describe("a zombie that runs on", () => {
  /** Frees the lock only if it is still its own. */
  const holder: Program = (steps) => {
    if (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) return;
    steps.enter();
    Atomics.load(words, 3);
    steps.exit();
    Atomics.compareExchange(words, LOCK, 1, 0);
  };
  const taker: Program = (steps) => {
    while (Atomics.compareExchange(words, LOCK, 0, 2) !== 0) seam.loop("spin");
    steps.enter();
    Atomics.load(words, 3);
    steps.exit();
    Atomics.store(words, LOCK, 0);
  };
  const frees: Program = () => void Atomics.compareExchange(words, LOCK, 1, 0);
  const model = (zombies: Model["zombies"]): Model => ({
    seam,
    threads: [
      { name: "holder", program: holder, mortal: true },
      { name: "taker", program: taker },
      { name: "owner", program: frees, afterDeathOf: "holder" },
    ],
    deaths: 1,
    ...(zombies === undefined ? {} : { zombies }),
  });

  test("is still inside when its recovery lets another in", () => {
    expect(explore(model(undefined)).verdict).toBe("proved");
    expect(explore(model("run-on")).violation).toBe("mutual exclusion");
  });

  test("may sleep for ever, which a thread that lives may not", () => {
    const sleeper: Program = () => void Atomics.wait(words, 0, 0);
    const waker: Program = () => {
      if (Atomics.load(words, 1) !== 0) return; // the sleeper is nobody to wait for
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    };
    const tells: Program = () => void Atomics.store(words, 1, 1);
    const threads: Thread[] = [
      { name: "sleeper", program: sleeper, mortal: true },
      { name: "waker", program: waker },
    ];
    const told = [...threads, { name: "owner", program: tells, afterDeathOf: "sleeper" }];
    expect(explore({ threads: told, deaths: 1, zombies: "run-on" })).toMatchObject({
      verdict: "proved",
      ends: ["[0]=1", "[0]=1 [1]=1 dead: sleeper", "[1]=1 dead: sleeper"],
    });
    const untrue = [...threads, { name: "owner", program: tells }];
    expect(explore({ threads: untrue, deaths: 0 }).violation).toBe("sleeper sleeps for ever");
  });
});
