/**
 * P16: every broken lock and store turns the torture red. Most are found by rounds as they are drawn. A round
 * that is *directed* is one that random draws would come to too seldom: it is played as it is written here.
 */
import type { DeathPoint } from "@ticketlock/conformance/kit";
import { SimulatedFileSystem } from "@ticketlock/file-store/simulation";
import { describe, expect, test } from "vitest";
import { playImages } from "../src/campaigns/images.ts";
import { drawRound } from "../src/plan/draw-round.ts";
import type { FaultName } from "../src/plan/faults.ts";
import type { RoundPlan, Wave } from "../src/plan/round-plan.ts";
import { brokenEntry, hunt, type Hunted, playDirected } from "./support/twins.ts";

/** Something that never happens is told from something slow. */
const LIMIT_MS = 6_000;
/** What is sound may be slow, on a machine that others use as well. */
const SOUND_LIMIT_MS = 40_000;
const TEST_LIMIT_MS = 400_000;
const SEED = 1;
const ROUNDS = 25;
const SOUND_ROUNDS = 8;
const LINES_ROUNDS = 4;

interface Twin {
  readonly adapter: string;
  readonly lock: string;
  readonly store?: string;
  readonly faults: readonly FaultName[];
  /** What is found must say this. */
  readonly says: RegExp;
}

const SOUND_LOCK = "intact-wrapper";

/** By what is wrong with them; found by drawn rounds. */
const twins: Readonly<Record<string, Twin>> = {
  "load-then-store": { adapter: "broken-adapter", lock: "load-then-store", faults: ["none"], says: /^P12/ }, // prettier-ignore
  "a lost WAITERS bit": { adapter: "broken-adapter", lock: "drops-contended-mark", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a WAITERS bit lost on take-over": { adapter: "broken-adapter", lock: "drops-mark-on-take-over", faults: ["terminate", "point"], says: /stall|nobody was granted/ }, // prettier-ignore
  "a WAITERS bit lost on take-over, in mapped memory": { adapter: "broken-cluster", lock: "drops-waiters-on-take-over", faults: ["kill", "point"], says: /stall/ }, // prettier-ignore
  "an unfenced store": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "unfenced", faults: ["none"], says: /^P[13]: / }, // prettier-ignore
  "a store whose reads do not raise the fence": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "reads-do-not-raise-fence", faults: ["none"], says: /^P[13]: / }, // prettier-ignore
  "release by a stranger": { adapter: "broken-adapter", lock: "stranger-frees", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "a repeated token": { adapter: "broken-adapter", lock: "repeated-token", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "not FIFO": { adapter: "broken-adapter", lock: "not-fifo", faults: ["line-up"], says: /^P11: those who waited in the order/ }, // prettier-ignore
  "no exclusion": { adapter: "broken-adapter", lock: "never-excludes", faults: ["none"], says: /^P12: the history of the lock/ }, // prettier-ignore
  "a death that nobody notices": { adapter: "broken-adapter", lock: "never-recovers", faults: ["terminate"], says: /stall/ }, // prettier-ignore
  "a death that nobody is told of": { adapter: "broken-adapter", lock: "never-abandoned", faults: ["terminate"], says: /was not told abandoned/ }, // prettier-ignore
  "nobody woken after a death": { adapter: "broken-adapter", lock: "wakes-nobody-after-death", faults: ["terminate"], says: /stall/ }, // prettier-ignore
  "a lock that an exit frees": { adapter: "undead-adapter", lock: "frees-on-exit", store: "shared", faults: ["terminate"], says: /^P5: / }, // prettier-ignore
  "a grant to one that was ended": { adapter: "undead-adapter", lock: "grants-to-the-ended", store: "shared", faults: ["terminate"], says: /^P5: .* after its end had been told/ }, // prettier-ignore
  "a wake-up that was dropped, by a lock of threads that looks as usual": { adapter: "healed-threads", lock: "futex", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a wake-up that was dropped, by a fifo lock of threads that looks as usual": { adapter: "healed-threads", lock: "fifo", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a wake-up that was dropped, by a lock of processes that looks as usual": { adapter: "healed-processes", lock: "mapped", faults: ["none"], says: /stall/ }, // prettier-ignore
  "a store that sells an order twice": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "not-idempotent", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
  "a store with a torn journal": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "torn-journal", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
  "a store that checks, then acts": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "check-then-act", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
  "a store that ignores versions": { adapter: "broken-adapter", lock: SOUND_LOCK, store: "version-ignored", faults: ["none"], says: /^P1[:2]/ }, // prettier-ignore
};

function huntFor(
  { adapter, lock, store, faults }: Omit<Twin, "says">,
  rounds: number,
  limitMs: number,
): Promise<Hunted> {
  const selects = ({ fault }: RoundPlan): boolean => faults.includes(fault);
  return hunt({ entry: brokenEntry(adapter), lock, store, seed: SEED, selects, rounds, limitMs });
}

function sentences({ findings }: Pick<Hunted, "findings">): string[] {
  return findings.map(({ promise, sentence }) => `${promise}: ${sentence}`);
}

describe("drawn rounds find out", { timeout: TEST_LIMIT_MS }, () => {
  test.for(Object.entries(twins))("%s", async ([, twin]) => {
    const found = sentences(await huntFor(twin, ROUNDS, LIMIT_MS));
    expect(found).toContainEqual(expect.stringMatching(twin.says));
  });
});

describe("drawn rounds find nothing wrong with", { timeout: TEST_LIMIT_MS }, () => {
  test.for<[string, Omit<Twin, "says">]>([
    ["the wrapper without a defect, that sells", { adapter: "broken-adapter", lock: SOUND_LOCK, store: "intact-store", faults: ["none", "terminate", "point"] }], // prettier-ignore
    ["the wrapper without a defect, that lines up", { adapter: "broken-adapter", lock: SOUND_LOCK, faults: ["line-up"] }], // prettier-ignore
    ["the mapped lock whose waiters do not look around", { adapter: "broken-cluster", lock: "sleeps-long", faults: ["kill", "point", "line-up"] }], // prettier-ignore
    ["threads that run on, and a lock that is lost with them", { adapter: "undead-adapter", lock: "intact-futex", store: "shared", faults: ["terminate"] }], // prettier-ignore
    ["threads that run on, and a fifo lock that is lost with them", { adapter: "undead-adapter", lock: "intact-fifo", store: "shared", faults: ["terminate"] }], // prettier-ignore
  ])("%s", async ([, sound]) => {
    const { rounds, findings } = await huntFor(sound, SOUND_ROUNDS, SOUND_LIMIT_MS);
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
        entry: brokenEntry("broken-adapter"),
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
    class WithoutFsync extends SimulatedFileSystem {
      override fsync(): void {
        this.step("fsync");
      }
    }
    const plan = { ...directed("crash-image", "", []), cast: "" };
    const { findings } = await playImages(plan, (size) => new WithoutFsync(size));
    expect(sentences({ findings })).toContainEqual(expect.stringMatching(/^P8: power cut/));
    expect(sentences(await playImages(plan))).toEqual([]);
  });
});
