import { describe, expect, test } from "vitest";
import {
  explore,
  formatTrace,
  type Model,
  type Program,
  replayTrace,
  type Trace,
} from "../src/index.ts";
import { sharedWords } from "./shared-words.ts";
import {
  contenders,
  flagLock,
  modelOf,
  recoveredLock,
  sections,
  threeStateLock,
} from "./small-locks.ts";

/** Stays as it is: the explorer keeps the memory. */
const words = sharedWords(4);

function violated(model: Model): Trace {
  const { trace } = explore(model);
  return JSON.parse(JSON.stringify(trace)) as Trace;
}

const sleeps = modelOf(contenders(3, threeStateLock(true)));
const dies = modelOf(recoveredLock("one"), { deaths: 1, zombies: "stay-queued", wakeOrder: "any" });

describe("a trace", () => {
  test("tells in plain data who did what, what came of it, and who is inside or asleep", () => {
    const trace = violated(modelOf(contenders(2, flagLock(sections.plain, true))));
    const one = { thread: "contender 1", event: "steps", asleep: [] };
    const other = { ...one, thread: "contender 2" };
    expect(trace).toEqual({
      violation: "mutual exclusion",
      steps: [
        { ...one, operation: "load(lock)", result: 0, inside: [] },
        { ...other, operation: "load(lock)", result: 0, inside: [] },
        { ...one, operation: "store(lock, 1)", result: 1, inside: ["contender 1"] },
        {
          ...other,
          operation: "store(lock, 1)",
          result: 1,
          inside: ["contender 1", "contender 2"],
        },
      ],
    });
  });

  test("is printed for readers", () => {
    const sleeper: Program = () => {
      Atomics.compareExchange(words, 1, 0, 5);
      Atomics.wait(words, 0, 0);
    };
    const waker: Program = () => void Atomics.notify(words, 0);
    const trace = violated({
      threads: [
        { name: "sleeper", program: sleeper },
        { name: "waker", program: waker },
      ],
      names: { bell: [words, 0] },
    });
    expect(formatTrace(trace).split("\n")).toEqual([
      "1. sleeper  compareExchange([1], 0, 5) = 0",
      "2. waker    notify(bell) = 0",
      "3. sleeper  wait(bell, 0) sleeps            asleep: sleeper",
      "violation: sleeper sleeps for ever",
    ]);
  });

  test("is printed with deaths, and with whom a wake-up reached", () => {
    const text = formatTrace(violated(dies));
    expect(text).toMatch(/^ *\d+\. contender \d +dies/m);
    expect(text).toMatch(/notify\(lock, 1\) = 1 \(contender \d\)/);
  });

  test.for([
    { name: "a sleep for ever", model: sleeps },
    { name: "two inside", model: modelOf(contenders(3, flagLock(sections.plain, true))) },
    { name: "a death, and a wake-up of any sleeper", model: dies },
  ])("leads to the same violation again: $name", ({ model }) => {
    const trace = violated(model);
    expect(replayTrace(model, trace)).toBe(trace.violation);
  });

  test("leads to none where the code is cured in a way that leaves its steps", () => {
    const [take, look] = [
      () => void Atomics.add(words, 0, 1),
      (): string | undefined => (Atomics.load(words, 0) > 1 ? "two" : undefined),
    ];
    const threads = contenders(2, take);
    const trace = violated({ threads, always: look });
    expect(replayTrace({ threads }, trace)).toBeUndefined();
  });

  test("written by hand shows that who sleeps again stands behind those who have slept since", () => {
    const twice: Program = () => {
      Atomics.wait(words, 0, 0);
      Atomics.wait(words, 0, 0);
    };
    const once: Program = () => {
      Atomics.wait(words, 0, 0);
      Atomics.store(words, 1, 1);
    };
    const waker: Program = () => {
      Atomics.notify(words, 0, 1);
      Atomics.notify(words, 0, 1);
    };
    const programs = { twice, once, waker };
    const threads = Object.entries(programs).map(([name, program]) => ({ name, program }));
    const step = (thread: string, operation: string, result?: number): Trace["steps"][number] => ({
      ...{ thread, event: "steps", operation, inside: [], asleep: [] },
      ...(result === undefined ? {} : { result }),
    });
    const steps = [
      step("twice", "wait([0], 0)"),
      step("once", "wait([0], 0)"),
      step("waker", "notify([0], 1)", 1),
      step("twice", "wait([0], 0)"),
      step("waker", "notify([0], 1)", 1),
      step("once", "store([1], 1)", 1),
    ];
    expect(replayTrace({ threads }, { violation: "", steps })).toBe("twice sleeps for ever");
  });

  test("of other code is refused", () => {
    const trace = violated(modelOf(contenders(2, flagLock(sections.plain, true))));
    const cured = modelOf(contenders(2, flagLock(sections.plain, false)));
    expect(() => replayTrace(cured, trace)).toThrow(
      "Cannot replay step 1: it was load(lock) = 0 and is compareExchange(lock, 0, 1) = 0.",
    );
    const fewer = modelOf(contenders(1, flagLock(sections.plain, true)));
    expect(() => replayTrace(fewer, trace)).toThrow("Cannot replay step 2: there is no such move");
  });
});
