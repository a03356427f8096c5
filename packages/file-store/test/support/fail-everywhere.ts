import { isTicketlockError } from "@ticketlock/core";
import { chooserFrom } from "./choose.ts";
import { CAPACITY, usualLife } from "./crash-everywhere.ts";
import { createOn, durableOn, PATH } from "./durable-on.ts";
import { type DiskError, SimulatedFileSystem } from "./simulated-file-system.ts";
import { nothingTold, raise, sell, sellTogether, type Told, wholeJournal, write } from "./told.ts";

export type Act = "create" | "sell" | "sell together" | "write" | "raise";

/** What is done with a store while its disk fails. */
export const acts: Readonly<
  Record<Act, (fileSystem: SimulatedFileSystem, told: Told) => Promise<void>>
> = {
  create: async (fileSystem) => createOn(fileSystem, CAPACITY),
  sell: async (fileSystem, told) => sell(durableOn(fileSystem), "m", told),
  "sell together": async (fileSystem, told) => sellTogether(durableOn(fileSystem), ["m", "n"], told), // prettier-ignore
  write: async (fileSystem, told) => write(durableOn(fileSystem), "m", 1, told),
  raise: async (fileSystem, told) => raise(durableOn(fileSystem), 9, told),
};

export interface FailOptions {
  readonly kind: DiskError;
  /** The fault stays until the act, and another, have failed. */
  readonly stays?: boolean;
  readonly act?: Act;
  readonly make?: () => SimulatedFileSystem;
}

/** What a fault of the disk at one step came to. */
export interface DiskFault {
  readonly step: number;
  readonly call: string;
  /** What the caller got. */
  readonly error: unknown;
  /** What is wrong with that, or with the store. */
  readonly faults: readonly string[];
  readonly fileSystem: SimulatedFileSystem;
}

/** Lets every system call of one act fail in turn. */
export async function* failEverywhere(options: FailOptions): AsyncGenerator<DiskFault> {
  const { kind, stays = false, act = "sell", make = () => new SimulatedFileSystem() } = options;
  for (let step = 1; ; step++) {
    const fileSystem = make();
    const told = nothingTold();
    if (act !== "create") await usualLife(fileSystem, told);
    const before = storedIn(fileSystem);
    fileSystem.steps = 0;
    fileSystem.fault = { step, kind, stays };
    const error = await errorOf(acts[act], fileSystem, told);
    if (fileSystem.steps < step) return;
    const call = fileSystem.faultAt!;
    const faults = judge(error, call, act, storedIn(fileSystem) !== before);
    faults.push(...lostBy(fileSystem, told));
    if (stays) faults.push(...(await tryAgain(act, fileSystem)));
    fileSystem.fault = undefined;
    yield { step, call, error, faults: [...faults, ...(await heal(fileSystem, told, act))], fileSystem }; // prettier-ignore
  }
}

/** The caller must be told, and the old state stand until the new one has its place. */
function judge(error: unknown, call: string, act: Act, hasChanged: boolean): string[] {
  // A store that was made, and whose first name was not removed, is made.
  const mayBeThere = call === "fsyncDirectory" || (act === "create" && call === "unlink");
  const faults: string[] = [];
  if (!isTicketlockError(error, "STORE_UNAVAILABLE"))
    faults.push(`${act} ended with ${String(error)}, and not with STORE_UNAVAILABLE`);
  if (hasChanged && !mayBeThere)
    faults.push("the store has changed, whose caller was told that it had not");
  return faults;
}

/** A power cut loses nothing of what was answered, whatever the disk has refused. */
function lostBy(fileSystem: SimulatedFileSystem, told: Told): string[] {
  for (const left of told.created ? fileSystem.afterPowerCut(chooserFrom(1), MOST_CUTS) : []) {
    try {
      const stored = new Set([...durableOn(left).sales()].map(({ order }) => order));
      const lost = told.sales.find(({ order }) => !stored.has(order));
      if (lost !== undefined) return [`a power cut loses the sale ${lost.order}, which was told`];
    } catch (problem) {
      return [`after a power cut, the store fails: ${String(problem)}`];
    }
  }
  return [];
}

/** While the disk does not mend, nobody is told that it has worked, and what is stored stands. */
async function tryAgain(act: Act, fileSystem: SimulatedFileSystem): Promise<string[]> {
  const before = storedIn(fileSystem);
  const error = await errorOf(acts[act], fileSystem, nothingTold());
  // What needs nothing of the disk, as an answer that is known, may well be given.
  if (error === undefined && storedIn(fileSystem) === before) return [];
  return judge(error, "", act, storedIn(fileSystem) !== before);
}

/** When the disk has mended, all is asked for again; then a power cut must lose none of it. */
async function heal(fileSystem: SimulatedFileSystem, told: Told, act: Act): Promise<string[]> {
  try {
    if (act === "create") createOn(fileSystem, CAPACITY);
    const store = durableOn(fileSystem);
    await sellTogether(store, [...told.asked.keys()], told);
    await sell(store, "z", told);
    for (const left of [fileSystem, ...fileSystem.afterPowerCut(chooserFrom(1), MOST_CUTS)]) {
      const again = durableOn(left);
      await wholeJournal(again);
      const stored = [...again.sales()].map(({ order }) => order).toSorted();
      const asked = [...told.asked.keys()].toSorted();
      if (stored.join() !== asked.join())
        return [`asked for again, ${asked.join()} were sold, and ${stored.join()} are there`];
    }
    return [];
  } catch (problem) {
    return [`asked again, the store fails: ${String(problem)}`];
  }
}

const MOST_CUTS = 16;

async function errorOf(
  act: (fileSystem: SimulatedFileSystem, told: Told) => Promise<void>,
  fileSystem: SimulatedFileSystem,
  told: Told,
): Promise<unknown> {
  try {
    await act(fileSystem, told);
    return undefined;
  } catch (error) {
    return error;
  }
}

function storedIn({ names }: SimulatedFileSystem): string | undefined {
  const inode = names.get(PATH);
  return inode === undefined ? undefined : Buffer.from(inode.content).toString();
}
