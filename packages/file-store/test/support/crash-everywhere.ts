import { isTicketlockError, type Sale } from "@ticketlock/core";
import { type Choose, chooserFrom } from "./choose.ts";
import { createOn, durableOn, PATH } from "./durable-on.ts";
import { CHANGING, Crash, type SimulatedFileSystem } from "./simulated-file-system.ts";
import { copyTold, nothingTold, raise, sell, sellTogether, type Told, wholeJournal, write } from "./told.ts"; // prettier-ignore

export const CAPACITY = 60;

/** What is done with a store, noting what was asked and answered. It leaves a few tickets. */
export type Life = (fileSystem: SimulatedFileSystem, told: Told) => Promise<void>;

export interface CrashOptions {
  readonly make: () => SimulatedFileSystem;
  /** What was before the machine may stop; without it the store is made by `live`. */
  readonly before?: Life;
  readonly live?: Life;
  readonly choose?: Choose;
  /** After so many of the stops the recovery is stopped at each of its steps as well. */
  readonly stopsAgain?: number;
  /** Images of a power cut before one step, at most. */
  readonly mostCuts?: number;
}

/** What was found wrong, and how many ends of the world were looked at. */
export interface CrashReport {
  readonly faults: string[];
  /** Ends that were looked at: what is left, after what was answered. */
  readonly states: number;
  /** What was left, each once: by the content of all files. */
  readonly images: ReadonlySet<string>;
  readonly steps: number;
  /** Images with a file of several sectors, some of which were written and some not. */
  readonly torn: number;
  /** Images that the store refuses to open. Only a disk that lies leaves such. */
  readonly refused: number;
  /** Images that a stop of the recovery has left. */
  readonly again: number;
}

/** A life of a store: made, read by holders, sold from in each way, asked again. */
export const usualLife: Life = async (fileSystem, told) => {
  if (!told.created) createOn(fileSystem, CAPACITY);
  told.created = true;
  const store = durableOn(fileSystem);
  await raise(store, 1, told);
  await sell(store, "a", told, 1);
  await write(store, "b", 2, told);
  await raise(store, 2, told);
  await sellTogether(store, ["c", "d", "e"], told);
  await sell(store, "f", told, 2);
  await sellTogether(store, ["a", "g"], told);
  await store.close();
};

/**
 * Stops the machine at every step of a store's life, by kill and by power cut, and looks at what is left; after
 * some of the stops at every step of what comes then, too.
 */
export function crashEverywhere(options: CrashOptions): Promise<CrashReport> {
  return new CrashRun(options).run();
}

/** What one stop has left. */
interface Left {
  readonly when: string;
  readonly fileSystem: SimulatedFileSystem;
  readonly told: Told;
  readonly killed: boolean;
}

const MOST_CUTS = 192;
/** A recovery that is stopped leaves more than can be looked at. */
const MOST_CUTS_AGAIN = 6;
/** One before each of the calls that change a disk. */
const DEFAULT_STOPS_AGAIN = CHANGING.size;

class CrashRun {
  readonly #options: CrashOptions;
  readonly #choose: Choose;
  readonly #faults: string[] = [];
  readonly #images = new Set<string>();
  readonly #looked = new Set<string>();
  #torn = 0;
  #refused = 0;
  #again = 0;

  constructor(options: CrashOptions) {
    this.#options = options;
    this.#choose = options.choose ?? chooserFrom(1);
  }

  async run(): Promise<CrashReport> {
    const {
      make,
      before,
      live = usualLife,
      stopsAgain = DEFAULT_STOPS_AGAIN,
      mostCuts = MOST_CUTS,
    } = this.#options;
    const killed = new Map<string, Left[]>();
    let steps = 0;
    for (let ended = false; !ended;) {
      const fileSystem = make();
      const told = nothingTold();
      await before?.(fileSystem, told);
      fileSystem.steps = 0;
      ended = await this.#stopAt(++steps, fileSystem, told, live, "", mostCuts, killed);
    }
    // Of each call in turn, since between two of them there is little time.
    const calls = [...killed.values()];
    const first = this.#choose(calls.length);
    for (let i = 0; i < stopsAgain; i++) {
      const lefts = calls[(first + i) % calls.length]!;
      await this.#stopAgain(lefts[this.#choose(lefts.length)]!);
    }
    return {
      faults: this.#faults,
      states: this.#looked.size,
      images: this.#images,
      steps,
      torn: this.#torn,
      refused: this.#refused,
      again: this.#again,
    };
  }

  /** Stops a life before a step, and looks at what is left; whether it ended before. */
  async #stopAt(
    step: number,
    fileSystem: SimulatedFileSystem,
    told: Told,
    live: Life,
    earlier: string,
    most: number,
    killed?: Map<string, Left[]>,
  ): Promise<boolean> {
    fileSystem.fault = { step, kind: "crash" };
    const ended = await liveUntilCrash(fileSystem, told, live);
    const where = `${earlier}stopped at step ${step} (${fileSystem.faultAt ?? "its end"})`;
    const afterKill = { when: `killed, ${where}`, fileSystem: fileSystem.afterKill(), told, killed: true }; // prettier-ignore
    const { faultAt } = fileSystem;
    if (killed !== undefined && faultAt !== undefined && CHANGING.has(faultAt))
      killed.set(faultAt, [...(killed.get(faultAt) ?? []), { ...afterKill, fileSystem: fileSystem.afterKill() }]); // prettier-ignore
    await this.#look(afterKill);
    for (const left of fileSystem.afterPowerCut(this.#choose, most))
      await this.#look({ when: `power cut, ${where}`, fileSystem: left, told, killed: false });
    return ended;
  }

  /** Stops whoever comes after a kill, at each step of what it does. */
  async #stopAgain({ when, fileSystem, told }: Left): Promise<void> {
    const before = this.#looked.size;
    try {
      for (let step = 1, ended = false; !ended; step++) {
        const now = copyTold(told);
        ended = await this.#stopAt(step, fileSystem.afterKill(), now, recover, `${when}; then `, MOST_CUTS_AGAIN); // prettier-ignore
      }
    } catch (error) {
      this.#faults.push(`${when}: ${(error as Error).message}`);
    }
    this.#again += this.#looked.size - before;
  }

  async #look({ when, fileSystem, told, killed }: Left): Promise<void> {
    const { key } = fileSystem;
    const { created, fence, sales } = told;
    const state = `${key} ${killed} ${created} ${fence} ${sales.map(({ order }) => order).join(" ")}`; // prettier-ignore
    if (this.#looked.has(state)) return;
    this.#looked.add(state);
    if (fileSystem.torn > 1 && !this.#images.has(key)) this.#torn++;
    this.#images.add(key);
    try {
      if ((await inspect(fileSystem, told, killed)) === "refused") this.#refused++;
    } catch (error) {
      this.#faults.push(`${when}: ${(error as Error).message}`);
    }
  }
}

/** Whether it came to its end before the crash. */
async function liveUntilCrash(
  fileSystem: SimulatedFileSystem,
  told: Told,
  live: Life,
): Promise<boolean> {
  try {
    await live(fileSystem, told);
    return true;
  } catch (error) {
    // The store makes every error of its file system its own.
    const isCrash = isTicketlockError(error) && error.cause instanceof Crash;
    if (!(error instanceof Crash) && !isCrash) throw error;
    return false;
  }
}

/** What comes after a stop: everybody asks again, for what was answered and for what was not, and it sells on. */
const recover: Life = async (fileSystem, told) => {
  if (!told.created) createOn(fileSystem, CAPACITY);
  told.created = true;
  const store = durableOn(fileSystem);
  await sellTogether(store, [...told.asked.keys()], told);
  await sell(store, "z", told);
  await store.close();
};

/**
 * Everything that was answered is there, nothing that nobody asked for, and the store sells on. A disk that lies
 * may lose what was answered; then the store is as it was at some time, or is refused, and never a mixture.
 */
async function inspect(
  left: SimulatedFileSystem,
  told: Told,
  killed: boolean,
): Promise<"whole" | "refused"> {
  const lies = left.options.lies === true && !killed;
  let sales: Sale[];
  try {
    if (!told.created) createOn(left, CAPACITY);
    const store = durableOn(left);
    sales = [...store.sales()];
    check(!killed || store.fence() >= told.fence, "the fence has fallen");
    await wholeJournal(store);
  } catch (error) {
    if (lies && isTicketlockError(error, "STORE_CORRUPT")) return "refused";
    throw error;
  }
  check(!lies || left.wasWhole(PATH), "it opens what it never was");
  const stored = new Map(sales.map((sale) => [sale.order, sale]));
  const lost = told.sales.find((sale) => !lies && !same(stored.get(sale.order), sale));
  check(lost === undefined, `sale ${lost?.order} was told and is lost`);
  const stranger = sales.find(({ order }) => !told.asked.has(order));
  check(stranger === undefined, `there is a sale, ${stranger?.order}, that nobody asked for`);
  const later = lies ? { ...copyTold(told), sales } : copyTold(told);
  for (const sale of sales) if (!later.sales.some(({ order }) => order === sale.order)) later.sales.push(sale); // prettier-ignore
  later.created = true;
  await recover(left, later);
  await wholeJournal(durableOn(left));
  return "whole";
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function check(condition: boolean, fault: string): void {
  if (!condition) throw new Error(fault);
}
