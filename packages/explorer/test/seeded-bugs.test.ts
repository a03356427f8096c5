import { describe, expect, test } from "vitest";
import { explore, type Model, replayTrace, type Trace } from "../src/index.ts";
import { seededBugs } from "./seeded-bugs.ts";
import { contenders, modelOf, threeStateLock } from "./small-locks.ts";

/** The fewest preemptions, up to 2, with which a violation is found. */
function fewestPreemptions(model: Model): number | undefined {
  return [0, 1, 2].find((preemptions) => explore(model, { preemptions }).verdict === "violation");
}

describe("explore finds", () => {
  test.for(seededBugs)("$name", ({ broken, violation }) => {
    const found = explore(broken);
    expect(found).toMatchObject({ verdict: "violation" });
    expect(found.violation).toContain(violation);
    const trace = JSON.parse(JSON.stringify(found.trace)) as Trace;
    expect(replayTrace(broken, trace)).toBe(found.violation);
  });

  test.for(seededBugs)("nothing without it: $name", ({ cured }) => {
    const { verdict, violation, trace } = explore(cured);
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
  });

  test("nothing of a dropped contended bit, where only two contend", () => {
    expect(explore(modelOf(contenders(2, threeStateLock(true)))).verdict).toBe("proved");
  });
});

describe("a bounded search", () => {
  test.for(seededBugs)(
    "needs as many preemptions as listed for: $name",
    ({ broken, preemptions }) => {
      expect(fewestPreemptions(broken)).toBe(preemptions);
    },
  );

  test.for(seededBugs)("finds nothing without it: $name", ({ cured }) => {
    expect(explore(cured, { preemptions: 2 }).verdict).toBe("unknown");
  });
});

describe("runs by random priorities", () => {
  test.for(seededBugs)(
    "find, with the depth listed: $name",
    ({ broken, randomDepth, randomRuns = 5_000 }) => {
      const found = explore(broken, { runs: randomRuns, depth: randomDepth, seed: 1 });
      expect(found.verdict).toBe("violation");
      expect(replayTrace(broken, found.trace!)).toBe(found.violation);
    },
  );

  test.for(seededBugs)("find nothing without it: $name", ({ cured, randomDepth }) => {
    const found = explore(cured, { runs: 5_000, depth: randomDepth, seed: 1 });
    expect(found.verdict).toBe("unknown");
  });
});
