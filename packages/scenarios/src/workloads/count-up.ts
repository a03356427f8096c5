import {
  type Contender,
  type Guard,
  type Inventory,
  isBlockingLock,
  isTicketlockError,
  type Lock,
  type MaybePromise,
  type TicketStore,
} from "@ticketlock/core";
import { Role, type WorkReport } from "../role.ts";
import { type Locking, MIN_STEPS } from "../scenario-options.ts";

export interface CountUpInput {
  readonly locking: Locking;
  readonly steps: number;
  readonly thinkMs: number;
  readonly freeRunning: boolean;
}

/** The counter as a contender saw it at its end, and when it looked. */
export interface Ended {
  readonly ended: number;
  readonly countedNs: string;
}

export interface CountUpReport extends WorkReport, Ended {
  readonly tornReads: number;
}

/** So many times all contenders meet, so that their work interleaves however fast each one is. */
export const CHUNKS: number = MIN_STEPS;

/** Adds 1 to the shared counter, step by step: a read, then a write. */
export default async function countUp(
  contender: Contender,
  input: CountUpInput,
): Promise<CountUpReport> {
  const counting = new Counting(contender, input);
  return counting.run();
}

class Counting {
  readonly #contender: Contender;
  readonly #input: CountUpInput;
  readonly #role: Role;
  readonly #store: TicketStore;
  /** What it wrote last: what it goes on from where it reads a file that another is writing. */
  #written: Inventory | undefined;
  #tornReads = 0;

  constructor(contender: Contender, input: CountUpInput) {
    this.#contender = contender;
    this.#input = input;
    this.#role = new Role(contender);
    this.#store = contender.store;
  }

  async run(): Promise<CountUpReport> {
    const ended = this.#input.locking === "coarse" ? await this.#coarse() : await this.#stepwise();
    return this.#role.report({ ...ended, tornReads: this.#tornReads });
  }

  async #coarse(): Promise<Ended> {
    const role = this.#role;
    role.waits();
    return this.#contender.lock().runExclusive(async () => {
      role.enters();
      for (let chunk = 0; chunk < CHUNKS; chunk++) {
        await this.#add(() => role.sleep(this.#input.thinkMs));
        for (let i = 1; i < this.#chunkSteps(chunk); i++) await this.#add();
      }
      const ended = await this.#count();
      role.exits(`ends at ${ended.ended}`);
      return ended;
    });
  }

  async #stepwise(): Promise<Ended> {
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      if (!this.#input.freeRunning) await this.#contender.meet(`chunk ${chunk}`);
      await this.#slowStep(chunk);
      for (let i = 1; i < this.#chunkSteps(chunk); i++) await this.#fastStep();
    }
    // With a lock the last look takes it too: others may still be writing.
    const guard = await this.#take();
    const ended = await this.#count();
    await guard?.release();
    this.#role.tell(`ends at ${ended.ended}`, "ended", undefined, BigInt(ended.countedNs));
    return ended;
  }

  /** The first step of a chunk thinks between read and write, so that the others have something to wait for. */
  async #slowStep(chunk: number): Promise<void> {
    const { locking, thinkMs, freeRunning } = this.#input;
    const role = this.#role;
    const think = (): Promise<void> => role.sleep(thinkMs);
    if (locking === "none") {
      // All have read before anyone writes: at least this update is lost for certain.
      return this.#add(async () => {
        await think();
        if (!freeRunning) await this.#contender.meet(`read ${chunk}`);
      });
    }
    const guard = await this.#waitFor(() =>
      locking === "flag" ? this.#poll() : this.#contender.lock().acquire(),
    );
    if (chunk === 0) role.tell("holds the lock for the first time", "holding");
    await this.#hold(guard, think);
  }

  async #fastStep(): Promise<void> {
    const guard = await this.#take();
    await (guard === undefined ? this.#add() : this.#hold(guard));
  }

  async #take(): Promise<Guard | undefined> {
    const { locking } = this.#input;
    if (locking === "none") return undefined;
    return this.#waitFor(() =>
      locking === "flag" ? this.#poll() : acquire(this.#contender.lock()),
    );
  }

  /**
   * Every wait counts, the short ones of the many fast steps too; a lock that is had at once was not
   * waited for: to read the processor's time takes longer than to take it.
   */
  async #waitFor(take: () => MaybePromise<Guard>): Promise<Guard> {
    const atOnce = await this.#contender.lock().tryAcquire();
    if (atOnce !== undefined) return atOnce;
    this.#role.startWait();
    try {
      return await take();
    } finally {
      this.#role.endWait();
    }
  }

  async #hold(guard: Guard, think?: () => Promise<void>): Promise<void> {
    this.#role.startStay();
    try {
      await this.#add(think);
    } finally {
      this.#role.endStay();
      await guard.release();
    }
  }

  /** A flag that is looked at again and again: right, and a waste. */
  async #poll(): Promise<Guard> {
    const lock = this.#contender.lock();
    for (;;) {
      const guard = await lock.tryAcquire();
      if (guard !== undefined) return guard;
    }
  }

  async #add(between?: () => Promise<void>): Promise<void> {
    const inventory = await this.#read();
    if (between !== undefined) await between();
    this.#written = {
      ...inventory,
      remaining: inventory.remaining - 1,
      version: inventory.version + 1,
    };
    await this.#store.write(this.#written);
  }

  async #read(): Promise<Inventory> {
    for (;;) {
      try {
        return await this.#store.read();
      } catch (error) {
        // Without a lock a naive file may be seen half written.
        const torn = isTicketlockError(error, "STORE_CORRUPT") && this.#input.locking === "none";
        if (!torn || this.#tornReads++ > this.#input.steps) throw error;
        if (this.#written !== undefined) return this.#written;
      }
    }
  }

  /** Adding 1 is selling one: the counter is what has gone from the store. */
  async #count(): Promise<Ended> {
    const countedNs = String(this.#contender.nowNs());
    const { capacity, remaining } = await this.#read();
    return { ended: capacity - remaining, countedNs };
  }

  #chunkSteps(chunk: number): number {
    const { steps } = this.#input;
    return Math.floor(((chunk + 1) * steps) / CHUNKS) - Math.floor((chunk * steps) / CHUNKS);
  }
}

/** A lock that can block is taken so: that is what one does in a tight loop. */
function acquire(lock: Lock): Guard | Promise<Guard> {
  return isBlockingLock(lock) ? lock.acquireSync() : lock.acquire();
}
