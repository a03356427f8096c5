import { explore } from "@ticketlock/explorer";
import { afterAll, describe, expect, test } from "vitest";
import { fifoZombieModel, type ZombieScene } from "./fifo-zombie-programs.ts";

interface Scene extends ZombieScene {
  readonly name: string;
}

const MANY = { maxStates: 6_000_000 };
const scenes: readonly Scene[] = [
  { name: "a zombie and 1 contender", contenders: 2, resets: false },
  { name: "a zombie and 1 contender, and a reset", contenders: 2, resets: true },
  {
    name: "a zombie and 2 contenders, where the zombie never runs on",
    contenders: 3,
    resets: false,
    stands: true,
    model: MANY,
  },
  {
    name: "a zombie and 2 contenders, and a reset, where the zombie never runs on",
    contenders: 3,
    resets: true,
    stands: true,
    model: MANY,
  },
];

const LIMIT_MS = 300_000;
const counts: string[] = [];
afterAll(() => console.log(counts.join("\n")));

describe("a thread that runs on after its end gets nothing from FifoRing, harms nobody, and nobody waits for ever, under every interleaving of", () => {
  test.for(scenes)("$name", { timeout: LIMIT_MS }, (scene) => {
    const { verdict, states, violation, trace } = explore(fifoZombieModel(scene));
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
    counts.push(`FifoRing, ${scene.name}: proved in ${states} states`);
  });
});

describe("FifoRing would be broken by", () => {
  const [plain, reset] = scenes as [Scene, Scene];
  const standing = scenes.find(({ stands }) => stands === true)!;
  test.for([
    {
      name: "an end that frees what the ended thread holds",
      scene: plain,
      twin: { freesOnExit: true },
      violation: "mutual exclusion",
    },
    {
      name: "a hand-over to a waiter that was ended",
      scene: { ...standing, contenders: 2 },
      twin: { grantsToEnded: true },
      violation: "sleeps for ever",
    },
    {
      name: "a reset that does not raise the token",
      scene: reset,
      twin: { resetsWithoutToken: true },
      violation: "a commit is lost",
    },
    {
      name: "a loss that leaves its waiters in line",
      scene: { ...standing, contenders: 2 },
      twin: { keepsLine: true },
      violation: "sleeps for ever",
    },
  ])("$name", { timeout: LIMIT_MS }, ({ scene, twin, violation }) => {
    const found = explore(fifoZombieModel(scene, twin));
    expect(found.violation).toContain(violation);
    expect(found.trace?.steps.length).toBeGreaterThan(0);
  });
});
