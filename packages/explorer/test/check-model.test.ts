import { describe, expect, test } from "vitest";
import { explore, type LoopSeam, type Model, type Search, type Thread } from "../src/index.ts";

function thread(name: string, more: Partial<Thread> = {}): Thread {
  return { name, program: () => {}, ...more };
}

const one = [thread("a")];
const mortals = [thread("a", { mortal: true }), thread("b")];
const frozen: LoopSeam = Object.freeze({ loop() {} });

describe("explore refuses", () => {
  test.for<{ name: string; model: unknown; why: string }>([
    { name: "nothing in it", model: {}, why: "no threads" },
    { name: "nothing at all", model: undefined, why: "no threads" },
    { name: "no threads", model: { threads: [] }, why: "no threads" },
    { name: "a thread without a name", model: { threads: [{ program() {} }] }, why: "has no name" },
    {
      name: "a thread without a program",
      model: { threads: [{ name: "a" }] },
      why: "the program of a is undefined",
    },
    {
      name: "two threads of one name",
      model: { threads: [thread("a"), thread("a")] },
      why: "two threads are named a",
    },
    {
      name: "who runs after the death of nobody",
      model: { threads: [thread("a", { afterDeathOf: "b" })] },
      why: "no thread has that name",
    },
    {
      name: "who runs after the death of one who cannot die",
      model: { threads: [...mortals, thread("c", { afterDeathOf: "b" })], deaths: 1 },
      why: "that thread is not mortal",
    },
    { name: "deaths of nobody", model: { threads: one, deaths: 1 }, why: "no thread is mortal" },
    { name: "mortals and no word of deaths", model: { threads: mortals }, why: "a is mortal" },
    { name: "half a death", model: { threads: mortals, deaths: 0.5 }, why: "deaths 0.5" },
    { name: "other zombies", model: { threads: one, zombies: "runOn" }, why: 'zombies "runOn"' },
    { name: "another order", model: { threads: one, wakeOrder: "FIFO" }, why: 'wakeOrder "FIFO"' },
    { name: "a limit below 0", model: { threads: one, bypassLimit: -3 }, why: "bypassLimit -3" },
    { name: "a seam without loop", model: { threads: one, seam: {} }, why: "no function `loop`" },
    { name: "a frozen seam", model: { threads: one, seam: frozen }, why: "cannot be replaced" },
    { name: "too many states", model: { threads: one, maxStates: 2 ** 31 }, why: "maxStates" },
  ])("a model with $name", ({ model, why }) => {
    expect(() => explore(model as Model)).toThrow(why);
    expect(() => explore(model as Model)).toThrow("Cannot explore");
  });

  test.for<{ search: Search; why: string }>([
    { search: { preemptions: -1 }, why: "preemptions -1" },
    { search: { runs: 0, depth: 1 }, why: "runs 0" },
    { search: { runs: 1, depth: 11 }, why: "depth 11" },
  ])("a search with $why", ({ search, why }) => {
    expect(() => explore({ threads: one }, search)).toThrow(why);
  });
});
