import { isTicketlockError } from "@ticketlock/core";
import {
  CAPACITY,
  crashEverywhere,
  createOn,
  durableOn,
  failEverywhere,
  type Life,
  PATH,
  raise,
  sell,
  SimulatedFileSystem,
  wholeJournal,
} from "@ticketlock/file-store/simulation";
import type { CheckedRound, Finding } from "../check/check-round.ts";
import { Counts } from "../check/counts.ts";
import { describe } from "../contender/selling.ts";
import { Draw } from "../plan/draw.ts";
import type { RoundPlan } from "../plan/round-plan.ts";

/** Makes the disks; a broken twin makes others. */
export type MakeDisk = (options: { readonly longestWrite?: number }) => SimulatedFileSystem;

const soundDisk: MakeDisk = (options) => new SimulatedFileSystem(options);
/** A round that finds much wrong need not tell all of it. */
const MOST_FINDINGS = 3;
const DISK_FAULTS = ["ENOSPC", "EIO", "EDQUOT"] as const;

/** Plays a round without contenders, on a disk in memory: of crash images, or of faults of the disk. */
export async function playImages(
  plan: RoundPlan,
  makeDisk: MakeDisk = soundDisk,
): Promise<CheckedRound> {
  const counts = new Counts();
  const draw = new Draw(plan.sessionSeed);
  const sentences =
    plan.fault === "disk"
      ? await failDisk(draw, makeDisk, counts)
      : await crashLife(draw, makeDisk, counts);
  const promise = plan.fault === "disk" ? "P9" : "P8";
  const findings = sentences
    .slice(0, MOST_FINDINGS)
    .map((sentence): Finding => ({ promise, sentence }));
  return { findings, counts, recoveries: [], histories: [] };
}

/** Leads a store through a life that is drawn, and looks at all that a crash at each step may leave. */
async function crashLife(draw: Draw, makeDisk: MakeDisk, counts: Counts): Promise<string[]> {
  const life = drawLife(draw);
  const size = draw.chance(0.5) ? {} : { longestWrite: draw.whole(20, 700) };
  const { faults, states } = await crashEverywhere(() => makeDisk(size), life);
  counts.inject("P8", "image", states);
  return faults;
}

type Step =
  | { readonly do: "sell"; readonly order: string; readonly withToken: boolean }
  | { readonly do: "write"; readonly order: string; readonly quantity: number }
  | { readonly do: "raise" }
  | { readonly do: "again" };

/** Some changes in any order; it begins with the order "a" and leaves a ticket, as it must. */
function drawLife(draw: Draw): Life {
  const steps: Step[] = [{ do: "sell", order: "a", withToken: false }];
  let left = CAPACITY - 3;
  const count = draw.whole(1, 5);
  for (let i = 0; i < count; i++) {
    const order = "bcdefg"[i]!;
    const kind = draw.one(["sell", "sell", "write", "raise", "again"] as const);
    const quantity = draw.whole(1, 2);
    const taken = kind === "sell" ? 1 : kind === "write" ? quantity : 0;
    if (taken > left) continue;
    left -= taken;
    if (kind === "sell") steps.push({ do: kind, order, withToken: draw.chance(0.5) });
    else if (kind === "write") steps.push({ do: kind, order, quantity });
    else steps.push({ do: kind });
  }
  return (fileSystem, told) => live(steps, fileSystem, told);
}

async function live(
  steps: readonly Step[],
  ...[fileSystem, told]: Parameters<Life>
): Promise<void> {
  createOn(fileSystem, CAPACITY);
  told.created = true;
  const store = durableOn(fileSystem);
  let token = 0;
  for (const step of steps) {
    if (step.do === "sell") await sell(store, step.order, step.withToken && token > 0 ? token : undefined, told); // prettier-ignore
    if (step.do === "again") await sell(store, "a", undefined, told);
    if (step.do === "raise") await raise(store, ++token, told);
    if (step.do !== "write") continue;
    const { order: id, quantity } = step;
    const inventory = await store.read();
    const order = { id, buyer: id.toUpperCase(), quantity };
    const next = { ...inventory, remaining: inventory.remaining - quantity };
    const firstSerial = inventory.capacity - inventory.remaining;
    if ((await store.write(next, { order })) === "written")
      told.sales.push({ order: id, buyer: order.buyer, firstSerial, quantity });
  }
  await store.close();
}

/** Lets each system call of a sale fail in turn: the caller must be told, and the old state stand. */
async function failDisk(draw: Draw, makeDisk: MakeDisk, counts: Counts): Promise<string[]> {
  const faults: string[] = [];
  const kind = draw.one(DISK_FAULTS);
  const size = draw.chance(0.3) ? {} : { longestWrite: draw.whole(1, 300) };
  for await (const fault of failEverywhere(kind, () => makeDisk(size))) {
    const { call, step, error, before, after, fileSystem } = fault;
    counts.inject("P9", "disk fault", 1);
    const where = `${kind} at step ${step} (${call})`;
    if (!isTicketlockError(error, "STORE_UNAVAILABLE"))
      faults.push(`${where} ended with ${describe(error)}, and not with STORE_UNAVAILABLE`);
    if (call !== "fsyncDirectory" && after !== before)
      faults.push(`${where} has changed the store, whose caller was told that it had not`);
    try {
      const store = durableOn(fileSystem);
      await store.sell({ id: "d", buyer: "D", quantity: 1 });
      await wholeJournal(store);
      const stored = [...durableOn(fileSystem).sales()].filter(({ order }) => order === "d");
      if (stored.length !== 1)
        faults.push(`${where}: asked again, it is sold ${stored.length} times`);
      if (!fileSystem.names.has(PATH)) faults.push(`${where} has left no store`);
    } catch (problem) {
      faults.push(`${where}: asked again, the store fails: ${describe(problem)}`);
    }
  }
  return faults;
}
