import { mkdirSync, rmSync } from "node:fs";
import process from "node:process";

/** A folder that is gone when this process ends, however it ends, unless it is killed outright. */
export class TemporaryFolder {
  readonly path: string;
  readonly #clean: () => void;

  /**
   * Makes the folder.
   * @param before - is done before it is removed
   * @throws what the file system throws
   */
  constructor(path: string, before: () => void = () => {}) {
    mkdirSync(path);
    this.path = path;
    this.#clean = () => {
      before();
      rmSync(path, { recursive: true, force: true });
    };
    process.once("exit", this.#clean);
  }

  /** Removes it with all that is in it; nothing happens where it is gone or has been renamed. */
  remove(): void {
    process.off("exit", this.#clean);
    this.#clean();
  }
}
