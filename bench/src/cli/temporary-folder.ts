import { mkdirSync, rmSync } from "node:fs";
import process from "node:process";

/** A folder that is gone when this process ends, however it ends, unless it is killed outright. */
export class TemporaryFolder {
  readonly path: string;
  readonly #clean: () => void;

  /**
   * Makes the folder.
   * @param after - is done once it is gone
   * @throws what the file system throws
   */
  constructor(path: string, after: () => void = () => {}) {
    mkdirSync(path);
    this.path = path;
    this.#clean = () => {
      // Again, where a process that was just killed had not ended: what it made meanwhile goes as well.
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
      after();
    };
    process.once("exit", this.#clean);
  }

  /** Removes it with all that is in it; nothing happens where it is gone or has been renamed. */
  remove(): void {
    process.off("exit", this.#clean);
    this.#clean();
  }
}
