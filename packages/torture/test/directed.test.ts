/**
 * Rounds find nothing wrong with what is sound; and what random draws would come to too seldom is found by
 * *directed* rounds, which are played as they are written here.
 */
import type { DeathPoint } from "@ticketlock/conformance/kit";
import { WithoutFsync } from "@ticketlock/file-store/simulation";
import { describe, expect, test } from "vitest";
import { playImages } from "../src/campaigns/images.ts";
import { drawRound } from "../src/plan/draw-round.ts";
import type { FaultName } from "../src/plan/faults.ts";
import type { RoundPlan, Wave } from "../src/plan/round-plan.ts";
import { SOUND_LOCK, type Twin } from "./support/twin-table.ts";
import { brokenEntry, entriesOf, hunt, type Hunted, huntFor, LIMIT_MS, playDirected, SEED, sentences, TEST_LIMIT_MS } from "./support/twins.ts"; // prettier-ignore

/** What is sound may be slow, on a machine that others use as well. */
const SOUND_LIMIT_MS = 40_000;
const ROUNDS = 25;
const SOUND_ROUNDS = 8;
const LINES_ROUNDS = 4;

describe("drawn rounds find nothing wrong with", { timeout: TEST_LIMIT_MS }, () => {
  test.for<[string, Omit<Twin, "says">]>([
    ["the wrapper without a defect, that sells", { adapter: "broken-adapter", lock: SOUND_LOCK, store: "intact-store", faults: ["none", "terminate", "point"] }], // prettier-ignore
    ["the wrapper without a defect, that lines up", { adapter: "broken-adapter", lock: SOUND_LOCK, faults: ["line-up"] }], // prettier-ignore
    ["the mapped lock whose waiters do not look around", { adapter: "broken-cluster", lock: "sleeps-long", faults: ["kill", "point", "line-up"] }], // prettier-ignore
    ["threads that run on, and a lock that is lost with them", { adapter: "undead-adapter", lock: "intact-futex", store: "shared", faults: ["terminate"] }], // prettier-ignore
    ["threads that run on, and a fifo lock that is lost with them", { adapter: "undead-adapter", lock: "intact-fifo", store: "shared", faults: ["terminate"] }], // prettier-ignore
  ])("%s", async ([, intact]) => {
    const { rounds, findings } = await huntFor(intact, SOUND_ROUNDS, SOUND_LIMIT_MS);
    expect(sentences({ findings })).toEqual([]);
    expect(rounds).toBe(SOUND_ROUNDS);
  });
});

/** A round as it is drawn, but for what a test writes. */
function directed(fault: FaultName, lock: string, waves: readonly Wave[]): RoundPlan {
  const cast = { name: "", adapters: [], runtimes: [], unit: "thread", locks: [], stores: [] } as const; // prettier-ignore
  const drawn = drawRound(SEED, 0, [cast]);
  return { ...drawn, fault, lock, store: null, style: "section", contenders: 4, pauses: false, waves }; // prettier-ignore
}

/** Lines in each of which another contender dies at one point of its call. */
function diesAt(lock: string, during: "acquire" | "release", point: DeathPoint): RoundPlan {
  const waves = [0, 1, 2, 3].map((victim): Wave => {
    const injection = { what: "point", victim, during, point, operation: 0 } as const;
    return { beforeMs: 1, afterMs: 1, injections: [injection] };
  });
  return { ...directed("line-up", lock, waves), contenders: 7 };
}

/** How such a line goes, which of its contenders block and which await, is drawn. */
async function hangsWhere(plan: RoundPlan, limitMs: number): Promise<string[]> {
  const found: string[] = [];
  for (let sessionSeed = 1; sessionSeed <= LINES_ROUNDS && found.length === 0; sessionSeed++) {
    const round = await playDirected(brokenEntry("broken-cluster"), { ...plan, sessionSeed }, limitMs); // prettier-ignore
    found.push(...sentences(round));
  }
  return found;
}

describe("directed rounds find out", { timeout: TEST_LIMIT_MS }, () => {
  test("recovery by the owner's event loop alone: a holder terminated while its owner's thread is blocked", async () => {
    const blocks = ({ waves }: RoundPlan): boolean =>
      waves.some(({ injections }) => injections.some((one) => "blockMs" in one && one.blockMs > 0));
    const hunted = (lock: string, rounds: number): Promise<Hunted> =>
      hunt({
        entries: entriesOf("broken-adapter"),
        lock,
        seed: SEED,
        rounds,
        limitMs: SOUND_LIMIT_MS,
        selects: (plan) => plan.fault === "terminate" && blocks(plan),
      });
    const found = sentences(await hunted("owner-only-recovery", ROUNDS));
    expect(found).toContainEqual(expect.stringMatching(/^P4: .* nobody was granted while its owner's thread was blocked/)); // prettier-ignore
    // A waiter of the sound lock finds out by itself.
    expect(sentences(await hunted(SOUND_LOCK, 4))).toEqual([]);
  });

  test.for<[string, string, "acquire" | "release", DeathPoint]>([
    ["a release that dies with its wake-up: the holder dies after it has freed the word", "release-dies-with-wake-up", "release", { moment: "after", operation: "store", nth: 1 }], // prettier-ignore
    ["a waiter that dies with its wake-up: the first in line dies before it takes the word", "waiter-dies-with-wake-up", "acquire", { moment: "before", operation: "compareExchange", nth: 3 }], // prettier-ignore
  ])("%s", async ([, lock, during, point]) => {
    const found = await hangsWhere(diesAt(lock, during, point), LIMIT_MS);
    expect(found).toContainEqual(expect.stringMatching(/^P11: a stall: .* are granted/));
    expect(await hangsWhere(diesAt("sleeps-long", during, point), SOUND_LIMIT_MS)).toEqual([]);
  });

  test("a rename without fsync, by what a power cut leaves", async () => {
    const plan = { ...directed("crash-image", "", []), cast: "" };
    const { findings } = await playImages(plan, { makeDisk: (size) => new WithoutFsync(size) });
    expect(sentences({ findings })).toContainEqual(expect.stringMatching(/^P8: power cut/));
    expect(sentences(await playImages(plan))).toEqual([]);
  });
});
