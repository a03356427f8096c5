import { TicketlockError } from "@ticketlock/core";
import { BUSY, pauseMs, stayedBusy } from "./busy.ts";

/** Most that waits in one process: the rest is refused. */
const MAX_WAITING = 65_536;
/** Most in one transaction, a few milliseconds of work: others want the store, and this thread its event loop. */
const MAX_GROUP = 512;

interface Waiting<W, R> {
  readonly wish: W;
  readonly sinceMs: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Commits a group taken with `take`, which it calls once the store is its own; BUSY if that is not to be had now. */
export type CommitGroup<W, R> = (
  take: () => readonly W[],
) => readonly (R | TicketlockError)[] | typeof BUSY;

/**
 * Collects what is asked for within one turn of the event loop, and while the store is busy, and has
 * it committed together: one wait for the disk for all. Each is answered after the commit, in the
 * order in which they came; an error of one is its own. If the commit throws, each of the group gets
 * its error: then all of the group may have happened or none, as with a file that was replaced and whose
 * directory could not be settled. Whoever asks again with the same order id learns which.
 */
export class GroupCommit<W, R> {
  readonly #path: string;
  readonly #limitMs: number;
  readonly #commit: CommitGroup<W, R>;
  readonly #waiting: Waiting<W, R>[] = [];
  /** A turn of the pump is due. */
  #isDue = false;
  #looks = 0;
  #onEmpty: (() => void) | undefined;

  constructor(path: string, limitMs: number, commit: CommitGroup<W, R>) {
    this.#path = path;
    this.#limitMs = limitMs;
    this.#commit = commit;
  }

  /** @throws {TicketlockError} `QUEUE_FULL`, `STORE_UNAVAILABLE` */
  add(wish: W): Promise<R> {
    if (this.#waiting.length >= MAX_WAITING)
      throw new TicketlockError(
        "QUEUE_FULL",
        `Cannot sell: ${MAX_WAITING} orders of this process wait already. Await some of them first.`,
      );
    return new Promise((resolve, reject) => {
      this.#waiting.push({ wish, sinceMs: performance.now(), resolve, reject });
      this.#soon();
    });
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Settles when nothing waits any more. */
  end(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onEmpty = resolve));
  }

  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    // Behind all that this turn of the loop still has to say.
    setImmediate(() => this.#pump());
  }

  #pump(): void {
    this.#isDue = false;
    let group: Waiting<W, R>[] = [];
    const take = (): readonly W[] => {
      group = this.#waiting.splice(0, MAX_GROUP);
      return group.map(({ wish }) => wish);
    };
    let results: readonly (R | TicketlockError)[] | typeof BUSY;
    try {
      results = this.#commit(take);
    } catch (error) {
      // It may have failed before it took any: then the same error waits for the first ones.
      if (group.length === 0) take();
      for (const { reject } of group) reject(error);
      this.#goOn();
      return;
    }
    if (results === BUSY) {
      this.#waiting.unshift(...group); // the lock was lost between: nothing has happened
      this.#later();
      return;
    }
    this.#looks = 0;
    for (const [i, { resolve, reject }] of group.entries()) {
      const result = results[i]!;
      if (result instanceof TicketlockError) reject(result);
      else resolve(result);
    }
    this.#goOn();
  }

  #goOn(): void {
    if (this.#waiting.length > 0) this.#soon();
    else this.#onEmpty?.();
  }

  /** Others have the store: look again in a while, and give up on what has waited for too long. */
  #later(): void {
    const oldest = performance.now() - this.#limitMs;
    const late = this.#waiting.findIndex(({ sinceMs }) => sinceMs > oldest);
    const given = this.#waiting.splice(0, late === -1 ? this.#waiting.length : late);
    for (const { reject } of given) reject(stayedBusy(this.#path, this.#limitMs));
    if (this.#waiting.length === 0) {
      this.#onEmpty?.();
      return;
    }
    this.#isDue = true;
    setTimeout(() => this.#pump(), pauseMs(++this.#looks));
  }
}
