import { SimulatedFileSystem } from "@ticketlock/file-store/simulation";
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

/** Settles no content: after a power cut a name may stand for half a file. */
class WithoutFsync extends SimulatedFileSystem {
  override fsync(): void {
    this.step("fsync");
  }
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

async function findingsOf(plans: readonly RoundPlan[], makeDisk?: MakeDisk): Promise<string[]> {
  const all: string[] = [];
  for (const plan of plans) all.push(...found(await playImages(plan, makeDisk)));
  return all;
}

describe("crash images", () => {
  test("of drawn lives of the durable store are all whole", async () => {
    const plans = plansOf("crash-image", 6);
    let images = 0;
    for (const plan of plans) {
      const { findings, counts } = await playImages(plan);
      expect(findings).toEqual([]);
      images += new Map(counts.entries()).get("P8")?.trials ?? 0;
    }
    expect(images).toBeGreaterThan(500);
  });

  test("of a disk that is renamed on without fsync are found out, in each life", async () => {
    for (const plan of plansOf("crash-image", 4))
      expect(await findingsOf([plan], (size) => new WithoutFsync(size))).not.toEqual([]);
  });

  test("are the same for the same seed and round", async () => {
    const [plan] = plansOf("crash-image", 1);
    const again = drawRound(plan!.seed, plan!.round, casts);
    const countsOf = async (one: RoundPlan): Promise<unknown> => [...(await playImages(one)).counts.entries()]; // prettier-ignore
    expect(await countsOf(again)).toEqual(await countsOf(plan!));
  });
});

describe("faults of the disk", () => {
  test("are told to the caller, and leave the old state", async () => {
    expect(await findingsOf(plansOf("disk", 6))).toEqual([]);
  });

  test("that the disk keeps to itself are found out", async () => {
    expect(await findingsOf(plansOf("disk", 3), (size) => new Silent(size))).toContainEqual(expect.stringMatching(/^P9: /)); // prettier-ignore
  });
});
