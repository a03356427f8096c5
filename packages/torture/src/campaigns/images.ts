import {
  type Act,
  acts,
  CAPACITY,
  type Choose,
  crashEverywhere,
  createOn,
  type DiskOptions,
  durableOn,
  failEverywhere,
  fill,
  type Life,
  raise,
  sell,
  sellTogether,
  SimulatedFileSystem,
  write,
} from "@ticketlock/file-store/simulation";
import type { CheckedRound, Finding } from "../check/check-round.ts";
import { Counts } from "../check/counts.ts";
import { Draw } from "../plan/draw.ts";
import type { RoundPlan } from "../plan/round-plan.ts";

/** Makes the disks; a broken twin makes others. */
export type MakeDisk = (options: DiskOptions) => SimulatedFileSystem;

export interface ImagesOptions {
  readonly makeDisk?: MakeDisk;
  /** Images that were looked at before, which count once in a whole run; those of the round are added. */
  readonly seen?: Set<string>;
}

const soundDisk: MakeDisk = (options) => new SimulatedFileSystem(options);
/** A round that finds much wrong need not tell all of it. */
const MOST_FINDINGS = 3;
const DISK_FAULTS = ["ENOSPC", "EIO", "EDQUOT", "EINTR"] as const;

/** Plays a round without contenders, on a disk in memory: of crash images, or of faults of the disk. */
export async function playImages(
  plan: RoundPlan,
  { makeDisk = soundDisk, seen = new Set() }: ImagesOptions = {},
): Promise<CheckedRound> {
  const counts = new Counts();
  const draw = new Draw(plan.sessionSeed);
  const sentences =
    plan.fault === "disk"
      ? await failDisk(draw, makeDisk, counts)
      : await crashLife(draw, makeDisk, counts, seen);
  const promise = plan.fault === "disk" ? "P9" : "P8";
  const findings = sentences
    .slice(0, MOST_FINDINGS)
    .map((sentence): Finding => ({ promise, sentence }));
  return { findings, counts, recoveries: [], histories: [] };
}

/** Share of the lives whose disk lies, and of the others that begin, as all of those do, with a journal of several sectors. */
const LYING_SHARE = 0.3;
const LONG_SHARE = 0.5;
/** Sales before such a life, of which six take about 500 bytes. */
const LEAST_BEFORE = 26;
const MOST_BEFORE = 31;
const LONGEST_TRANSFER = 700;
/** Images of a power cut before one step, at most: many lives tell more than much of one. */
const MOST_CUTS = 48;
/** A disk that lies settles nothing, so that every step leaves more. */
const MOST_LYING_CUTS = 16;
const MOST_STOPS_AGAIN = 3;

/** Leads a store through a life that is drawn, and looks at all that a crash at each step may leave. */
async function crashLife(
  draw: Draw,
  makeDisk: MakeDisk,
  counts: Counts,
  seen: Set<string>,
): Promise<string[]> {
  const lies = draw.chance(LYING_SHARE);
  const isLong = draw.chance(LONG_SHARE) || lies;
  const options = { ...drawTransfers(draw), lies };
  const before = isLong ? filled(draw.whole(LEAST_BEFORE, MOST_BEFORE)) : undefined;
  const live = drawLife(draw);
  const choose: Choose = (count) => draw.whole(0, count - 1);
  const { faults, images } = await crashEverywhere({
    make: () => makeDisk(options),
    live,
    choose,
    mostCuts: lies ? MOST_LYING_CUTS : MOST_CUTS,
    stopsAgain: lies ? 0 : MOST_STOPS_AGAIN,
    ...(before !== undefined && { before }),
  });
  const known = seen.size;
  for (const image of images) seen.add(image);
  const part = lies ? "images of a disk that lies" : "images";
  counts.enumerate("P8", lies ? "image of a disk that lies" : "image", seen.size - known, part);
  return faults;
}

/** Bytes that one write takes at most, and one read gives. */
function drawTransfers(draw: Draw): DiskOptions {
  const longestWrite = draw.whole(100, LONGEST_TRANSFER);
  const longestRead = draw.whole(100, LONGEST_TRANSFER);
  return { ...(draw.chance(0.5) && { longestWrite }), ...(draw.chance(0.3) && { longestRead }) };
}

function filled(sales: number): Life {
  return async (fileSystem, told) => {
    createOn(fileSystem, CAPACITY);
    told.created = true;
    const store = durableOn(fileSystem);
    await fill(store, sales, told);
    // Changes enough that sectors of a file that is gone are written anew.
    for (const order of ["q0", "q1", "q2"]) await sell(store, order, told);
    await store.close();
  };
}

type Step =
  | { readonly do: "sell"; readonly order: string; readonly withToken: boolean }
  | { readonly do: "together"; readonly orders: readonly string[] }
  | { readonly do: "write"; readonly order: string; readonly quantity: number }
  | { readonly do: "raise" }
  | { readonly do: "again" };

const MOST_STEPS = 6;
const MOST_TOGETHER = 4;
/** So long are the ends of orders' names, which make files of lives differ in length. */
const MOST_LETTERS = 24;

/** Some changes in any order, singly and in groups; it leaves a few tickets, as it must. */
function drawLife(draw: Draw): Life {
  const steps: Step[] = [];
  const name = (): string =>
    `${steps.length}-${draw.whole(0, 9_999)}${"y".repeat(draw.whole(0, MOST_LETTERS))}`;
  const count = draw.whole(2, MOST_STEPS);
  for (let i = 0; i < count; i++) {
    const kind = draw.one(["sell", "together", "together", "write", "raise", "again"] as const);
    if (kind === "sell") steps.push({ do: kind, order: name(), withToken: draw.chance(0.5) });
    else if (kind === "write") steps.push({ do: kind, order: name(), quantity: draw.whole(1, 2) });
    else if (kind !== "together") steps.push({ do: kind });
    else {
      const orders = Array.from({ length: draw.whole(2, MOST_TOGETHER) }, (_item, at) => `${name()}.${at}`); // prettier-ignore
      steps.push({ do: kind, orders });
    }
  }
  return (fileSystem, told) => live(steps, fileSystem, told);
}

async function live(
  steps: readonly Step[],
  ...[fileSystem, told]: Parameters<Life>
): Promise<void> {
  if (!told.created) createOn(fileSystem, CAPACITY);
  told.created = true;
  const store = durableOn(fileSystem);
  let token = 0;
  for (const step of steps) {
    if (step.do === "sell") await sell(store, step.order, told, step.withToken && token > 0 ? token : undefined); // prettier-ignore
    if (step.do === "together") await sellTogether(store, step.orders, told);
    if (step.do === "write") await write(store, step.order, step.quantity, told);
    if (step.do === "raise") await raise(store, ++token, told);
    const [first] = told.sales;
    if (step.do === "again" && first !== undefined) await sell(store, first.order, told);
  }
  await store.close();
}

/** Lets each system call of something that is done to a store fail in turn: the caller must be told, and the old state stand. */
async function failDisk(draw: Draw, makeDisk: MakeDisk, counts: Counts): Promise<string[]> {
  const faults: string[] = [];
  const kind = draw.one(DISK_FAULTS);
  const act = draw.one(Object.keys(acts) as Act[]);
  const stays = kind !== "EINTR" && draw.chance(0.5);
  const options = drawTransfers(draw);
  const make = (): SimulatedFileSystem => makeDisk(options);
  for await (const fault of failEverywhere({ kind, stays, act, make })) {
    counts.enumerate("P9", "disk fault", 1);
    const where = `${kind}${stays ? ", which stays," : ""} at step ${fault.step} (${fault.call}) of ${act}`;
    faults.push(...fault.faults.map((sentence) => `${where}: ${sentence}`));
  }
  return faults;
}
