import { describe, expect, test } from "vitest";
import { CannotExplore, explore, type Program, type Words } from "../src/index.ts";

const word = new Int32Array(1);

/** How it comes out if one thread runs this. */
function endsOf(program: Program): readonly string[] {
  return explore({ threads: [{ name: "thread", program }] }).ends;
}

describe("words", () => {
  test("are one if two arrays show the same place of one buffer", () => {
    const buffer = new SharedArrayBuffer(16);
    const whole = new Int32Array(buffer);
    const rest = new Int32Array(buffer, 4);
    expect(
      endsOf(() => {
        Atomics.add(whole, 1, 1);
        Atomics.add(rest, 0, 2);
      }),
    ).toEqual(["[1]=3"]);
  });

  test("of different buffers are apart", () => {
    const [one, other] = [new Int32Array(1), new Int32Array(1)];
    expect(
      endsOf(() => {
        Atomics.add(one, 0, 1);
        Atomics.add(other, 0, 2);
      }),
    ).toEqual(["[0]=1 b2[0]=2"]);
  });

  test("begin with what the array holds, which stays as it is", () => {
    const words = new Int32Array([7]);
    expect(endsOf(() => void Atomics.add(words, 0, 1))).toEqual(["[0]=8"]);
    expect(words[0]).toBe(7);
  });

  test("have the names that the model gives them", () => {
    const words = new Int32Array(2);
    const program: Program = () => void Atomics.store(words, 1, 1);
    const { ends } = explore({
      threads: [{ name: "thread", program }],
      names: { lock: [words, 1] },
    });
    expect(ends).toEqual(["lock=1"]);
  });

  test.for<{ name: string; array: Words }>([
    { name: "Int8Array", array: new Int8Array(1) },
    { name: "Uint8Array", array: new Uint8Array(1) },
    { name: "Int16Array", array: new Int16Array(1) },
    { name: "Uint16Array", array: new Uint16Array(1) },
    { name: "Int32Array", array: new Int32Array(1) },
    { name: "Uint32Array", array: new Uint32Array(1) },
  ])("of an $name hold, and give back, what Atomics would", ({ array }) => {
    const run = (atomics: typeof Atomics, copy: Words): number[] => [
      atomics.store(copy, 0, -2),
      atomics.load(copy, 0),
      atomics.add(copy, 0, 300),
      atomics.sub(copy, 0, 70_000),
      atomics.or(copy, 0, -(2 ** 31)),
      atomics.xor(copy, 0, 0xffff),
      atomics.compareExchange(copy, 0, 5, 6),
      atomics.exchange(copy, 0, -1),
      atomics.compareExchange(copy, 0, -1, 2 ** 32 + 3.7),
      atomics.and(copy, 0, 2),
      atomics.load(copy, 0),
    ];
    const expected = run(Atomics, array.slice());
    let seen: number[] = [];
    explore({ threads: [{ name: "thread", program: () => void (seen = run(Atomics, array)) }] });
    expect(seen).toEqual(expected);
  });

  test("with and without a sign are one word", () => {
    const buffer = new ArrayBuffer(4);
    const [signed, unsigned] = [new Int32Array(buffer), new Uint32Array(buffer)];
    const program: Program = () => {
      Atomics.store(unsigned, 0, 2 ** 32 - 1);
      if (Atomics.load(signed, 0) !== -1) throw new Error("not the same word");
      if (Atomics.compareExchange(unsigned, 0, -1, 0) !== 2 ** 32 - 1) throw new Error("not equal");
    };
    expect(explore({ threads: [{ name: "thread", program }] }).verdict).toBe("proved");
  });

  test("without a sign are as they began when they hold that again", () => {
    const bytes = new Uint8Array([200]);
    expect(endsOf(() => void Atomics.store(bytes, 0, 200))).toEqual([""]);
  });

  test("of two sizes over the same bytes are refused", () => {
    const buffer = new ArrayBuffer(4);
    const [long, short] = [new Int32Array(buffer), new Int16Array(buffer)];
    const program: Program = () => {
      Atomics.load(short, 1);
      Atomics.load(long, 0);
    };
    expect(() => endsOf(program)).toThrow(/words of 32 and of 16 bits/);
  });

  test.for([
    { name: "64 bits", array: new BigInt64Array(1) },
    { name: "no array", array: [0] },
    { name: "floating point", array: new Float64Array(1) },
  ])("that are $name are refused", ({ array }) => {
    expect(() => endsOf(() => void Atomics.load(array as unknown as Int32Array, 0))).toThrow(
      CannotExplore,
    );
  });

  test("outside the array make the program throw, as Atomics does", () => {
    const words = new Int32Array(2);
    const { violation } = explore({
      threads: [{ name: "thread", program: () => void Atomics.load(words, 2) }],
    });
    expect(violation).toBe("thrown: RangeError: index 2 of an array of length 2");
  });

  test("that are written without Atomics are noticed", () => {
    const words = new Int32Array(1);
    const program: Program = () => {
      Atomics.load(words, 0);
      words[0]!++;
    };
    expect(() => endsOf(program)).toThrow("[0] was written without Atomics");
    expect(words[0]).toBe(0);
  });

  test("that are written without Atomics are noticed where that is what they began with", () => {
    const bytes = new Int8Array(1);
    for (const array of [new Int32Array(1), bytes]) {
      const program: Program = () => {
        Atomics.compareExchange(array, 0, 0, 1);
        array[0] = 0;
      };
      expect(() => endsOf(program)).toThrow("[0] was written without Atomics");
    }
  });

  test("that are written without Atomics by a check are noticed", () => {
    const words = new Int32Array(1);
    const program: Program = () => void Atomics.add(words, 0, 1);
    const whenOver = (): undefined => void (words[0] = 0);
    expect(() => explore({ threads: [{ name: "thread", program }], whenOver })).toThrow(
      "[0] was written without Atomics",
    );
  });

  test("that are read without Atomics give a program nothing to go by", () => {
    const words = new Int32Array(1);
    const program: Program = () => {
      Atomics.load(words, 0);
      Atomics.store(words, 0, words[0]! + 1);
    };
    expect(() => endsOf(program)).toThrow("reads of shared words without Atomics");
    const spins: Program = () => {
      Atomics.load(words, 0);
      while (words[0] !== 0) (Atomics as { pause?: () => void }).pause!();
    };
    expect(() => endsOf(spins)).toThrow(
      "a loop with Atomics.pause goes round without an operation",
    );
  });
});

describe("Atomics", () => {
  const shared = new SharedArrayBuffer(4);
  test.for<{ name: "wait" | "notify"; kind: string; array: Words }>([
    { name: "wait", kind: "an Int32Array that is not shared", array: new Int32Array(1) },
    { name: "wait", kind: "a Uint32Array", array: new Uint32Array(shared) },
    { name: "wait", kind: "an Int16Array", array: new Int16Array(shared) },
    { name: "notify", kind: "a Uint32Array", array: new Uint32Array(shared) },
    { name: "notify", kind: "an Int16Array", array: new Int16Array(shared) },
  ])("makes $name on $kind throw, as the real one does", ({ name, array }) => {
    const call = (): void => void Atomics[name](array as Int32Array, 0, 1, 0);
    expect(call).toThrow(TypeError);
    const { violation } = explore({ threads: [{ name: "thread", program: call }] });
    expect(violation).toMatch(/^thrown: TypeError: Atomics/);
  });

  test("wakes nobody by words that are not shared, whoever sleeps there by other means", () => {
    const words = new Int32Array(1);
    const threads = [
      { name: "sleeper", program: ((steps) => void steps.wait(words, 0, 0)) satisfies Program },
      { name: "waker", program: () => void Atomics.notify(words, 0) },
    ];
    expect(explore({ threads }).violation).toBe("sleeper sleeps for ever");
  });

  test.for([0, -1, -Infinity])(
    "ends a wait of %i ms at once, whatever else it is told",
    (limit) => {
      const words = new Int32Array(shared);
      const ends: string[] = [];
      const poll: Program = () => void ends.push(Atomics.wait(words, 0, 0, limit));
      const { verdict, states } = explore({
        threads: [{ name: "thread", program: poll }],
        timeOuts: false,
        whenOver: () => (Atomics.wait(words, 0, 0, limit) === "timed-out" ? undefined : "slept"),
      });
      expect({ verdict, states, ends }).toEqual({
        verdict: "proved",
        states: 2,
        ends: ["timed-out"],
      });
    },
  );
});

describe("explore refuses", () => {
  test("Atomics.waitAsync, even if the program catches that", () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const program: Program = () => {
      try {
        Atomics.waitAsync(words, 0, 0);
      } catch {
        // As if it did not matter.
      }
      Atomics.load(words, 0);
    };
    expect(() => endsOf(program)).toThrow("waitAsync is not explored");
  });

  test.for<{ name: string; program: () => unknown }>([
    { name: "a promise", program: async () => void Atomics.load(word, 0) },
    {
      name: "an iterator",
      program: function* () {
        yield Atomics.load(word, 0);
      },
    },
    { name: "a function", program: () => () => Atomics.load(word, 0) },
  ])("a program that returns $name", ({ name, program }) => {
    expect(() => endsOf(program as Program)).toThrow(`a program returned ${name}`);
  });

  test.for<{ answer: unknown; said: string }>([
    { answer: Promise.resolve("wrong"), said: "a promise" },
    { answer: false, said: "false" },
  ])("a check that returns $said", ({ answer, said }) => {
    const threads = [{ name: "thread", program: () => void Atomics.load(word, 0) }];
    const check = (): string => answer as string;
    expect(() => explore({ threads, always: check })).toThrow(`always returned ${said}`);
    expect(() => explore({ threads, whenOver: check })).toThrow(`whenOver returned ${said}`);
  });

  test("an async program without a rejection that nobody looks at", async () => {
    const rejections: unknown[] = [];
    const note = (why: unknown): void => void rejections.push(why);
    process.on("unhandledRejection", note);
    expect(() => endsOf(async () => void Atomics.load(word, 0))).toThrow(CannotExplore);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(rejections).toEqual([]);
  });

  test("programs that do nothing that is seen, since they keep the real Atomics", () => {
    const { add } = Atomics;
    const words = new Int32Array(1);
    expect(() => endsOf(() => void add(words, 0, 1))).toThrow("no program does anything");
  });

  test("a loop that catches whatever stops it", () => {
    const program: Program = () => {
      for (;;) {
        try {
          if (Atomics.load(word, 0) === 0) return void Atomics.store(word, 0, 1);
        } catch {
          // As if whatever went wrong were over next time.
        }
      }
    };
    expect(() => endsOf(program)).toThrow("a loop catches whatever stops it");
  });

  test("a program that does not do the same on the same results", () => {
    const words = new Int32Array(2);
    let runs = 0;
    const program: Program = () => {
      Atomics.load(words, runs++ % 2);
      Atomics.load(words, 0);
    };
    expect(() => endsOf(program)).toThrow("not deterministic");
  });

  test("a loop that goes round without an operation", () => {
    const seam = { loop(_label: string) {} };
    const program: Program = () => {
      for (;;) seam.loop("for ever");
    };
    expect(() => explore({ seam, threads: [{ name: "thread", program }] })).toThrow(
      "loop for ever",
    );
  });
});
