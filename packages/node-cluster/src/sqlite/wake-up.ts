import { type FSWatcher, utimesSync, watch } from "node:fs";

/**
 * Tells waiters in other processes that the lock was let go, by the time stamp of a file that they
 * watch. No more than a hint: it may come late, twice or not at all, and a holder's death gives
 * none, so waiters look for themselves, too.
 */
export class WakeUp {
  readonly #path: string;
  readonly #woken: () => void;
  #watcher: FSWatcher | undefined;
  #refused = false;

  constructor(path: string, woken: () => void) {
    this.#path = path;
    this.#woken = woken;
  }

  /** Watches from now on. Where that is not to be had (no such power, too many watchers), nothing happens. */
  listen(): void {
    if (this.#watcher !== undefined || this.#refused) return;
    try {
      this.#watcher = watch(this.#path, { persistent: false }, this.#woken);
      this.#watcher.on("error", () => {
        this.#refused = true;
        this.close();
      });
    } catch {
      this.#refused = true;
    }
  }

  /** Wakes all who listen. */
  send(): void {
    try {
      utimesSync(this.#path, new Date(), new Date());
    } catch {
      // They look for themselves.
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
