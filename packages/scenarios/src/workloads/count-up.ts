import {
  type Contender,
  type Guard,
  isBlockingLock,
  type Lock,
  type TicketStore,
} from "@ticketlock/core";
import { Role, type WorkReport } from "../role.ts";
import type { Locking } from "../scenario-options.ts";

export interface CountUpInput {
  readonly locking: Locking;
  readonly steps: number;
  readonly thinkMs: number;
  readonly freeRunning: boolean;
}

export interface CountUpReport extends WorkReport {
  /** The counter as this contender saw it at its end. */
  readonly ended: number;
}

/** So many times all contenders meet, so that their work interleaves however fast each one is. */
export const CHUNKS = 10;

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

  constructor(contender: Contender, input: CountUpInput) {
    this.#contender = contender;
    this.#input = input;
    this.#role = new Role(contender);
    this.#store = contender.store;
  }

  async run(): Promise<CountUpReport> {
    const ended = this.#input.locking === "coarse" ? await this.#coarse() : await this.#stepwise();
    return this.#role.report({ ended });
  }

  async #coarse(): Promise<number> {
    const role = this.#role;
    role.waits();
    return this.#contender.lock().runExclusive(async () => {
      role.enters();
      for (let chunk = 0; chunk < CHUNKS; chunk++) {
        await this.#add(() => role.sleep(this.#input.thinkMs));
        for (let i = 1; i < this.#chunkSteps(chunk); i++) await this.#add();
      }
      const ended = await this.#count();
      role.exits(`ends at ${ended}`);
      return ended;
    });
  }

  async #stepwise(): Promise<number> {
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      if (!this.#input.freeRunning) await this.#contender.meet(`chunk ${chunk}`);
      await this.#slowStep(chunk);
      for (let i = 1; i < this.#chunkSteps(chunk); i++) await this.#fastStep();
    }
    const ended = await this.#count();
    this.#role.tell(`ends at ${ended}`, "ended");
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
    role.startWait();
    const guard = await (locking === "flag" ? this.#poll() : this.#contender.lock().acquire());
    role.endWait();
    if (chunk === 0) role.tell("holds the lock for the first time", "holding");
    await this.#hold(guard, think);
  }

  async #fastStep(): Promise<void> {
    const { locking } = this.#input;
    if (locking === "none") return this.#add();
    await this.#hold(await (locking === "flag" ? this.#poll() : acquire(this.#contender.lock())));
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
    const inventory = await this.#store.read();
    if (between !== undefined) await between();
    await this.#store.write({
      ...inventory,
      remaining: inventory.remaining - 1,
      version: inventory.version + 1,
    });
  }

  /** Adding 1 is selling one: the counter is what has gone from the store. */
  async #count(): Promise<number> {
    const { capacity, remaining } = await this.#store.read();
    return capacity - remaining;
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
