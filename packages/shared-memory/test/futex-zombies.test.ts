import { explore } from "@ticketlock/explorer";
import { afterAll, describe, expect, test } from "vitest";
import { awaiting, blocking, futexZombieModel, type ZombieScene } from "./futex-zombie-programs.ts";

interface Scene extends ZombieScene {
  readonly name: string;
}

const scenes: readonly Scene[] = [
  {
    name: "a blocking zombie and 2 contenders",
    contenders: [blocking, blocking, blocking],
    resets: false,
  },
  {
    name: "a blocking zombie, 1 blocking and 1 awaiting",
    contenders: [blocking, blocking, awaiting],
    resets: false,
  },
  {
    name: "an awaiting zombie and 2 contenders",
    contenders: [awaiting, blocking, awaiting],
    resets: false,
  },
  {
    name: "a blocking zombie and 2 contenders, and a reset",
    contenders: [blocking, blocking, blocking],
    resets: true,
    model: { maxStates: 3_000_000 },
  },
  {
    name: "a blocking zombie and 1 awaiting, and a reset",
    contenders: [blocking, awaiting],
    resets: true,
  },
  {
    name: "an awaiting zombie and 1 awaiting, and a reset",
    contenders: [awaiting, awaiting],
    resets: true,
  },
];

const standing: readonly Scene[] = scenes.map((scene) => ({
  ...scene,
  name: `${scene.name}, where the zombie never runs on`,
  stands: true,
}));

const counts: string[] = [];
afterAll(() => console.log(counts.join("\n")));

describe("a thread that runs on after its end gets nothing from FutexWord, harms nobody, and nobody waits for ever, under every interleaving of", () => {
  test.for([...scenes, ...standing])("$name", { timeout: 300_000 }, (scene) => {
    const { verdict, states, violation, trace } = explore(futexZombieModel(scene));
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
    counts.push(`FutexWord, ${scene.name}: proved in ${states} states`);
  });
});

describe("FutexWord would be broken by", () => {
  const [plain, , , reset] = scenes as [Scene, Scene, Scene, Scene];
  test.for([
    {
      name: "an end that frees what the ended thread holds",
      scene: plain,
      twin: { freesOnExit: true },
      violation: "mutual exclusion",
    },
    {
      name: "a grant to a waiter that was ended",
      scene: reset,
      twin: { grantsToEnded: true },
      violation: "a living holder's commit is refused",
    },
    {
      name: "a reset that does not raise the token",
      scene: reset,
      twin: { resetsWithoutToken: true },
      violation: "a commit is lost",
    },
    {
      name: "a loss that nobody is told of",
      scene: standing[0]!,
      twin: { losesSilently: true },
      violation: "sleeps for ever",
    },
  ])("$name", { timeout: 300_000 }, ({ scene, twin, violation }) => {
    const found = explore(futexZombieModel(scene, twin));
    expect(found.violation).toContain(violation);
    expect(found.trace?.steps.length).toBeGreaterThan(0);
  });
});
