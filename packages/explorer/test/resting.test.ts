import { describe, expect, test } from "vitest";
import { explore, type Model, type Program, type Thread } from "../src/index.ts";
import { seam } from "./small-locks.ts";

/** Stays as it is: the explorer keeps the memory. */
const words = new Int32Array(new SharedArrayBuffer(8));
const REQUESTS = 0;
const ANSWERS = 1;

/** Answers each request, and sleeps where there is none. */
const server =
  (sleepMs: number): Program =>
  (steps) => {
    for (let answered = 0; ;) {
      steps.mark("serve", answered);
      if (Atomics.load(words, REQUESTS) === answered) {
        Atomics.wait(words, REQUESTS, answered, sleepMs);
        continue;
      }
      answered++;
      Atomics.store(words, ANSWERS, answered);
      Atomics.notify(words, ANSWERS);
    }
  };

const client =
  (isToldOf: boolean): Program =>
  () => {
    Atomics.add(words, REQUESTS, 1);
    if (isToldOf) Atomics.notify(words, REQUESTS);
    Atomics.wait(words, ANSWERS, 0);
  };

function serving(sleepMs: number, thread: Partial<Thread>, isToldOf: boolean = true): Model {
  const threads: Thread[] = [
    { name: "server", program: server(sleepMs), ...thread },
    { name: "client", program: client(isToldOf) },
  ];
  return { seam, threads, fairCycles: true };
}

describe("who serves others", () => {
  test("sleeps for ever when they have ended, unless it may rest", () => {
    expect(explore(serving(Infinity, {})).violation).toBe("server sleeps for ever");
    expect(explore(serving(Infinity, { mayRest: true })).verdict).toBe("proved");
  });

  test("may rest in slices as well: that it goes round then is no livelock", () => {
    expect(explore(serving(1, {})).violation).toMatch(/go round for ever: server/);
    expect(explore(serving(1, { mayRest: true })).verdict).toBe("proved");
  });

  test("may not rest while others wait for it", () => {
    const { violation } = explore(serving(Infinity, { mayRest: true }, false));
    expect(violation).toBe("client sleeps for ever");
  });

  test("is at rest in the end, where the model is asked about it", () => {
    const whenOver = (): string | undefined =>
      Atomics.load(words, ANSWERS) === 1 ? "seen" : undefined;
    for (const sleepMs of [1, Infinity])
      expect(explore({ ...serving(sleepMs, { mayRest: true }), whenOver }).violation).toBe("seen");
  });
});

test("not everybody may rest", () => {
  const threads = [{ name: "server", program: server(1), mayRest: true }];
  expect(() => explore({ threads })).toThrow(TypeError);
});
