import { GroupsUnsettled, SettlesOwnOnly, SimulatedFileSystem, WithoutChecksum, WithoutFsync } from "@ticketlock/file-store/simulation"; // prettier-ignore
import { describe, expect, test } from "vitest";
import { type MakeDisk, playImages } from "../src/campaigns/images.ts";
import { drawRound } from "../src/plan/draw-round.ts";
import type { RoundPlan } from "../src/plan/round-plan.ts";
import { selectedRounds, selects } from "../src/plan/selection.ts";
import { casts } from "./support/sample-casts.ts";
import { found } from "./support/written-round.ts";

function plansOf(fault: "crash-image" | "disk", count: number): RoundPlan[] {
  const rounds = selectedRounds(1, 0, casts, selects({ faults: [fault] }));
  return Array.from({ length: count }, () => rounds.next().value);
}

/** Keeps from its caller that nothing more could be written. */
class Silent extends SimulatedFileSystem {
  override write(descriptor: number, bytes: Uint8Array, position: number): number {
    try {
      return super.write(descriptor, bytes, position);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return bytes.length;
    }
  }
}

/** Of the first of the rounds in which something is found. */
async function findingsOf(plans: readonly RoundPlan[], makeDisk?: MakeDisk): Promise<string[]> {
  const all: string[] = [];
  for (const plan of plans) {
    if (all.length > 0) break;
    all.push(...found(await playImages(plan, { ...(makeDisk !== undefined && { makeDisk }) }))); // prettier-ignore
  }
  return all;
}

/** Enough that lives of each kind are among them. */
const LIVES = 8;

describe("crash images", () => {
  test("of drawn lives of the durable store are all whole, and each counts once in a run", async () => {
    const seen = new Set<string>();
    let images = 0;
    for (const plan of plansOf("crash-image", LIVES)) {
      const { findings, counts } = await playImages(plan, { seen });
      expect(findings).toEqual([]);
      const [count] = counts.rows();
      expect(count).toMatchObject({
        promise: "P8",
        part: expect.stringMatching(/^images/),
        isEnumeration: true,
      });
      images += count!.trials;
      const again = await playImages(plan, { seen });
      expect([...again.counts.rows()]).toEqual([]);
    }
    expect(images).toBe(seen.size);
    expect(images).toBeGreaterThan(1_000);
  });

  test.for([
    ["that is renamed on without fsync", (size) => new WithoutFsync(size)],
    ["that leaves groups unsettled", (size) => new GroupsUnsettled(size)],
    ["that settles only what its own process has changed", (size) => new SettlesOwnOnly(size)],
    ["whose checksums nobody looks at", (size) => new WithoutChecksum(size)],
  ] as const satisfies [string, MakeDisk][])(
    "of a disk %s are found out by drawn lives",
    async ([, makeDisk]) =>
      expect(await findingsOf(plansOf("crash-image", LIVES), makeDisk)).not.toEqual([]),
  );

  test("are the same for the same seed and round", async () => {
    const [plan] = plansOf("crash-image", 1);
    const again = drawRound(plan!.seed, plan!.round, casts);
    const countsOf = async (one: RoundPlan): Promise<unknown> => [...(await playImages(one)).counts.rows()]; // prettier-ignore
    expect(await countsOf(again)).toEqual(await countsOf(plan!));
  });
});

describe("faults of the disk", () => {
  test("are told to the caller, and leave the old state", async () => {
    expect(await findingsOf(plansOf("disk", 12))).toEqual([]);
  });

  test("that the disk keeps to itself are found out", async () => {
    expect(await findingsOf(plansOf("disk", 6), (size) => new Silent(size))).toContainEqual(expect.stringMatching(/^P9: /)); // prettier-ignore
  });
});
