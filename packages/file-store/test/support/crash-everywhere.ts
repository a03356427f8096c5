import { isTicketlockError, type Sale } from "@ticketlock/core";
import { parseStore } from "../../src/store-text.ts";
import type { DurableJsonFileStore } from "../../src/index.ts";
import { createOn, durableOn, PATH } from "./durable-on.ts";
import { Crash, type Fault, SimulatedFileSystem } from "./simulated-file-system.ts";

export const CAPACITY = 9;

/** What was answered before the fault, in order. */
export interface Told {
  created: boolean;
  readonly sales: Sale[];
  fence: number;
}

/** What is done with a store, from its making on, noting what was answered. One change at a time. */
export type Life = (fileSystem: SimulatedFileSystem, told: Told) => Promise<void>;

/** A life of a store: made, read by holders, sold from in each way, asked again. */
async function usualLife(fileSystem: SimulatedFileSystem, told: Told): Promise<void> {
  createOn(fileSystem, CAPACITY);
  told.created = true;
  const store = durableOn(fileSystem);
  await raise(store, 1, told);
  await sell(store, "a", 1, told);
  const inventory = await store.read();
  const order = { id: "b", buyer: "B", quantity: 2 };
  const next = { ...inventory, remaining: inventory.remaining - 2 };
  if ((await store.write(next, { order, token: 1 })) === "written")
    told.sales.push({ order: "b", buyer: "B", firstSerial: 1, quantity: 2 });
  await raise(store, 2, told);
  await sell(store, "c", 2, told);
  await sell(store, "a", undefined, told);
  await store.close();
}

export async function sell(
  store: DurableJsonFileStore,
  id: string,
  token: number | undefined,
  told: Told,
): Promise<void> {
  const sale = (await store.sell({ id, buyer: id.toUpperCase(), quantity: 1 }, token))!;
  if (!told.sales.some(({ order }) => order === id)) told.sales.push(sale);
}

export async function raise(store: DurableJsonFileStore, token: number, told: Told): Promise<void> {
  await store.read(token);
  told.fence = token;
}

/** What was found wrong, and how many ends of the world were looked at. */
export interface CrashReport {
  readonly faults: string[];
  readonly states: number;
  readonly steps: number;
}

/**
 * Stops the machine at every step of a store's life, by kill and by power cut, and looks at what is left. A
 * life must sell the order "a" first, and leave a ticket.
 */
export async function crashEverywhere(
  make: () => SimulatedFileSystem,
  live: Life = usualLife,
): Promise<CrashReport> {
  const faults: string[] = [];
  let states = 0;
  for (let step = 1; ; step++) {
    const { fileSystem, told, ended } = await liveUntil(make(), { step, kind: "crash" }, live);
    const where = `stopped at step ${step} (${fileSystem.faultAt})`;
    const leftovers: [string, SimulatedFileSystem][] = [
      [`killed, ${where}`, fileSystem.afterKill()],
    ];
    for (const left of fileSystem.afterPowerCut()) leftovers.push([`power cut, ${where}`, left]);
    for (const [when, left] of leftovers) {
      states++;
      try {
        await inspect(left, told, when.startsWith("killed"));
      } catch (error) {
        faults.push(`${when}: ${(error as Error).message}`);
      }
    }
    if (ended) return { faults, states, steps: step };
  }
}

async function liveUntil(
  fileSystem: SimulatedFileSystem,
  fault: Fault,
  live: Life = usualLife,
): Promise<{ fileSystem: SimulatedFileSystem; told: Told; ended: boolean }> {
  const told: Told = { created: false, sales: [], fence: 0 };
  fileSystem.fault = fault;
  try {
    await live(fileSystem, told);
    return { fileSystem, told, ended: true };
  } catch (error) {
    if (!(error instanceof Crash) && !isCrash(error)) throw error;
    return { fileSystem, told, ended: false };
  }
}

/** The store makes every error of its file system its own. */
function isCrash(error: unknown): boolean {
  return isTicketlockError(error) && error.cause instanceof Crash;
}

/** Everything that was answered is there, at most one change more, and the store sells on. */
async function inspect(left: SimulatedFileSystem, told: Told, killed: boolean): Promise<void> {
  if (!told.created) createOn(left, CAPACITY);
  const store = durableOn(left);
  const sales = [...store.sales()];
  told.sales.forEach((sale, i) =>
    check(same(sales[i], sale), `sale ${sale.order} was told and is lost`),
  );
  check(sales.length <= told.sales.length + 1, "there are sales that nobody asked for");
  check(!killed || store.fence() >= told.fence, "the fence has fallen");
  await wholeJournal(store);
  const before = left.names.get(`${PATH}.previous`);
  if (before !== undefined) parseStore(PATH, Buffer.from(before.content));
  const again = await store.sell({ id: "a", buyer: "A", quantity: 1 });
  check(
    same(
      again,
      [...store.sales()].find(({ order }) => order === "a"),
    ),
    "an order asked for again is sold anew",
  );
  check((await store.sell({ id: "z", buyer: "Z", quantity: 1 })) !== undefined, "it sells no more");
  await wholeJournal(store);
  await wholeJournal(durableOn(left));
}

/** Serials dense, and just those that are gone. */
export async function wholeJournal(store: DurableJsonFileStore): Promise<void> {
  let next = 0;
  for (const { firstSerial, quantity } of store.sales()) {
    check(firstSerial === next, `serial ${firstSerial} where ${next} comes next`);
    next += quantity;
  }
  const { capacity, remaining } = await store.read();
  check(next === capacity - remaining, "journal and counter differ");
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function check(condition: boolean, fault: string): void {
  if (!condition) throw new Error(fault);
}

/** What a fault of the disk at one step came to. */
export interface DiskFault {
  readonly step: number;
  readonly call: string;
  /** What the caller got. */
  readonly error: unknown;
  /** The store as it was before the call that failed, and after it. */
  readonly before: string;
  readonly after: string;
  readonly fileSystem: SimulatedFileSystem;
}

/** Lets every system call of one sale fail in turn, once. */
export async function* failEverywhere(
  kind: Fault["kind"],
  make: () => SimulatedFileSystem = () => new SimulatedFileSystem(),
): AsyncGenerator<DiskFault> {
  for (let step = 1; ; step++) {
    const { fileSystem } = await liveUntil(make(), { step: 0, kind });
    const store = durableOn(fileSystem);
    const snapshot = (): string => {
      const { content } = fileSystem.names.get(PATH)!;
      return Buffer.from(content).toString();
    };
    const before = snapshot();
    fileSystem.steps = 0;
    fileSystem.fault = { step, kind };
    let error: unknown;
    try {
      await store.sell({ id: "d", buyer: "D", quantity: 1 });
    } catch (thrown) {
      error = thrown;
    }
    fileSystem.fault = undefined;
    if (fileSystem.steps < step) return;
    yield { step, call: fileSystem.faultAt!, error, before, after: snapshot(), fileSystem };
  }
}
