import type { Deno, FsFile, FsWatcher } from "../deno-types.ts";
import type { FlockFiles } from "./flock-files.ts";

/**
 * Tells waiters that it is time to look. Whoever lets the lock go sets the time stamp of a file that
 * they watch. Each opening also has that file open for writing: where a process ends, however it
 * ends, the kernel closes it, and on Linux (inotify) that is told to those who watch as well, at once.
 *
 * No more than a hint: it may come late, twice, or a little before the kernel has let go of the dead
 * one's locks. Watching blocks no thread, and ends when it is told to.
 */
export class Bell {
  readonly #deno: Deno;
  readonly #path: string;
  readonly #file: FsFile;
  readonly #rung: () => void;
  #watcher: FsWatcher | undefined;

  constructor(deno: Deno, files: FlockFiles, rung: () => void) {
    this.#deno = deno;
    this.#path = files.bell;
    this.#file = files.openFile(files.bell);
    this.#rung = rung;
  }

  /** Rings are heard from now on. True if deaths are heard as well; false where waiters must look for themselves. */
  listen(): boolean {
    if (this.#watcher === undefined) {
      try {
        this.#watcher = this.#deno.watchFs(this.#path);
      } catch {
        return false; // too many watchers, or none to be had
      }
      void this.#hear(this.#watcher);
    }
    return this.#deno.build.os === "linux";
  }

  /** Nothing is heard, and the process is not kept alive, until `listen`. */
  stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** Rings for all who listen. */
  ring(): void {
    try {
      this.#deno.utimeSync(this.#path, new Date(), new Date());
    } catch {
      // They look for themselves.
    }
  }

  close(): void {
    this.stop();
    this.#file.close();
  }

  async #hear(watcher: FsWatcher): Promise<void> {
    try {
      for await (const event of watcher) {
        void event;
        if (this.#watcher === watcher) this.#rung();
      }
    } catch {
      // It cannot go on: they look for themselves.
    }
  }
}
