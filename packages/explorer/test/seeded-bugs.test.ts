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
  test.for(seededBugs)("needs as many preemptions as listed for: $name", ({ broken, preemptions }) => {
    expect(fewestPreemptions(broken)).toBe(preemptions);
  });

  test.for(seededBugs)("finds nothing without it: $name", ({ cured }) => {
    expect(explore(cured, { preemptions: 2 }).verdict).toBe("unknown");
  });
});

describe("1 000 runs by random priorities", () => {
  const search = { runs: 1_000, depth: 3, seed: 1 };

  test.for(seededBugs)("find what is listed as found: $name", ({ broken, randomly }) => {
    const found = explore(broken, search);
    expect(found.verdict).toBe(randomly ? "violation" : "unknown");
    if (found.trace !== undefined) expect(replayTrace(broken, found.trace)).toBe(found.violation);
  });

  test.for(seededBugs)("find nothing without it: $name", ({ cured }) => {
    expect(explore(cured, search).verdict).toBe("unknown");
  });
});
