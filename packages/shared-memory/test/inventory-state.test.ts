import type { Program } from "@ticketlock/explorer";
import { describe, expect, test } from "vitest";
import { InventoryState, type State } from "../src/inventory-state.ts";
import { explore } from "./explore.ts";

/** Stays as it begins, with state 0 in the record that counts: the explorer keeps the memory. */
const memory = new Int32Array(InventoryState.words);
memory.fill(100, InventoryState.words / 3, InventoryState.words / 3 + 2);

/** Memory whose plain accesses are steps of their own to the explorer, as atomic ones are. */
const words = new Proxy(memory, {
  get: (target, key) =>
    /^\d+$/.test(String(key))
      ? Atomics.load(memory, Number(key))
      : Reflect.get(target, key, target),
  set: (_target, key, value: number) => {
    Atomics.store(memory, Number(key), value);
    return true;
  },
});

const stateNumber = (n: number): State => ({
  capacity: 100,
  remaining: 100 - n,
  sales: n,
  version: n,
  fence: n,
});

/** Commits the states 1 to `commits`, under a latch that nobody else wants. */
function writer(commits: number): Program {
  return (steps) => {
    const state = new InventoryState(words, 0);
    for (let n = 1; n <= commits; n++) {
      steps.mark("commit", n);
      state.commit(stateNumber(n));
    }
  };
}

/** Reads once; what it has seen must be one commit's. */
const reader: Program = () => {
  const seen = new InventoryState(words, 0).read();
  const { remaining, sales, version, fence } = seen;
  if (remaining !== 100 - sales || version !== sales || fence !== sales)
    throw new Error(`read what nobody has committed: ${JSON.stringify(seen)}`);
};

/** As the shipped read, but that it does not look whether the sequence has moved. */
const carelessReader: Program = () => {
  const at = (1 + (Atomics.load(words, 0) & 1)) * (InventoryState.words / 3);
  const remaining = Atomics.load(words, at + 1);
  if (remaining !== 100 - Atomics.load(words, at + 2))
    throw new Error("read what nobody has committed");
};

describe("InventoryState under every interleaving", { timeout: 300_000 }, () => {
  test("shows a reader the state of one commit, while three others are made", () => {
    const threads = [
      { name: "writer", program: writer(3) },
      { name: "reader", program: reader },
    ];
    const { verdict, violation, trace, states } = explore({ threads });
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
    console.log(`InventoryState, 3 commits and a reader: proved in ${states} states`);
  });

  test("shows it also when the writer dies at any step, and another one goes on", () => {
    const threads = [
      { name: "writer", program: writer(2), mortal: true },
      { name: "next writer", program: writer(2), afterDeathOf: "writer" },
      { name: "reader", program: reader },
    ];
    const { verdict, violation, trace } = explore({ threads, deaths: 1 });
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
  });

  test("would show states that nobody committed to who does not look at the sequence again", () => {
    const threads = [
      { name: "writer", program: writer(3) },
      { name: "reader", program: carelessReader },
    ];
    expect(explore({ threads }).violation).toContain("nobody has committed");
  });
});
