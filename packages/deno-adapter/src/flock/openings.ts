import { join } from "node:path";
import type { Deno, FsFile } from "../deno-types.ts";
import { removeQuietly } from "../temporary-directories.ts";
import { lockFileError, lostError, nameOf } from "./flock-errors.ts";
import type { FlockFiles } from "./flock-files.ts";

const OPENING = /^o\.([0-9]{1,16})$/;
const COUNT_BYTES = 4;

/** What the files of a lock's openings say together. */
export interface OpeningsCount {
  readonly openings: number;
  readonly waiters: number;
}

/**
 * One opening of a lock: a file that is locked for as long as the opening lasts, so that whoever
 * looks knows whether it does, and that says how many of its acquisitions wait. The kernel unlocks a
 * dead process's files; whoever finds one removes it. Exclusion does not depend on it.
 */
export class Opening {
  /** Tells this opening from all others: a random integer of 53 bits. */
  readonly number: number = randomNumber();
  readonly #deno: Deno;
  readonly #path: string;
  readonly #file: FsFile;
  readonly #bytes = new Uint8Array(COUNT_BYTES);
  #waiters = 0;

  /** @throws {TicketlockError} `LOCK_LOST` if the directory is gone; `LOCK_UNAVAILABLE`. */
  constructor(deno: Deno, files: FlockFiles) {
    this.#deno = deno;
    this.#path = join(files.directory, `o.${this.number}`);
    // Nobody may see it unlocked.
    const draft = join(files.directory, `d.${this.number}`);
    try {
      this.#file = deno.openSync(draft, { read: true, write: true, createNew: true, mode: 0o600 });
      this.#file.tryLockSync(true);
      this.#record();
      deno.renameSync(draft, this.#path);
    } catch (error) {
      throw nameOf(error) === "NotFound"
        ? lostError(files.directory)
        : lockFileError("make", draft, error);
    }
  }

  get waiters(): number {
    return this.#waiters;
  }

  set waiters(waiters: number) {
    this.#waiters = waiters;
    try {
      this.#record();
    } catch {
      // Only the count of waiters is at stake.
    }
  }

  close(): void {
    removeQuietly(this.#deno, this.#path);
    this.#file.close();
  }

  #record(): void {
    new DataView(this.#bytes.buffer).setUint32(0, this.#waiters, true);
    this.#file.seekSync(0, 0);
    this.#file.writeSync(this.#bytes);
  }
}

/** Counts the openings that last and their waiters, and removes what dead processes have left. */
export function countOpenings(deno: Deno, directory: string): OpeningsCount {
  let [openings, waiters] = [0, 0];
  for (const name of namesIn(deno, directory)) {
    if (!OPENING.test(name)) continue;
    const found = waitersOf(deno, join(directory, name));
    if (found === undefined) continue;
    openings++;
    waiters += found;
  }
  return { openings, waiters };
}

/** True unless the opening has certainly ended. */
export function lasts(deno: Deno, directory: string, opening: number): boolean {
  return waitersOf(deno, join(directory, `o.${opening}`)) !== undefined;
}

/** `undefined` if the opening has ended; its file is then removed. */
function waitersOf(deno: Deno, path: string): number | undefined {
  let file: FsFile;
  try {
    file = deno.openSync(path, { read: true, write: true });
  } catch (error) {
    if (nameOf(error) === "NotFound") return undefined;
    throw lockFileError("open", path, error);
  }
  try {
    if (file.tryLockSync(false)) {
      removeQuietly(deno, path);
      return undefined;
    }
    const bytes = new Uint8Array(COUNT_BYTES);
    return file.readSync(bytes) === COUNT_BYTES ? new DataView(bytes.buffer).getUint32(0, true) : 0;
  } finally {
    file.close();
  }
}

function namesIn(deno: Deno, directory: string): string[] {
  try {
    return [...deno.readDirSync(directory)].map(({ name }) => name);
  } catch (error) {
    throw nameOf(error) === "NotFound"
      ? lostError(directory)
      : lockFileError("list", directory, error);
  }
}

function randomNumber(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return (high! & 0x1fffff) * 2 ** 32 + low!;
}
