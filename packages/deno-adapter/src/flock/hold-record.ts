import { TicketlockError } from "@ticketlock/core";
import type { FsFile } from "../deno-types.ts";
import { corruptLock, lockFileError } from "./flock-errors.ts";

/*
 * The file `lock`, 512 bytes, one sector of a disk:
 *
 *   0    text: format and version
 *   64   a copy of the state
 *   128  the other copy
 *   256  1 if somebody waits; anybody writes it, at any time
 *
 * A copy, little-endian: number of the change (f64), token (f64), id of the holder (f64), the
 * holder's opening (f64), flags (u32), checksum of all that (u32). The copy with the higher number
 * counts; a change writes the other one. So a write that is cut short leaves the state before it.
 *
 *   held  abandoned
 *   0     0          free, all is well
 *   1     0          held; if its holder is dead: it died inside, so the next one is told `abandoned`
 *   0/1   1          a holder died inside, and nobody has said since that the data is whole
 */
const FILE_BYTES = 512;
const HEADER = "ticketlock flock 1\n";
const COPY_BYTES = 64;
const COPIES_AT = [64, 128] as const;
const WANTED_AT = 256;
const SUM_AT = 36;
const HELD = 1;
const ABANDONED = 2;
/** Beyond it numbers are no longer exact. */
const MAX_TOKEN: number = Number.MAX_SAFE_INTEGER;

/** Who holds, or held, the lock. */
export interface HoldState {
  readonly token: number;
  readonly held: boolean;
  readonly abandoned: boolean;
  readonly holderId: number;
  /** Number of the holder's opening, by which its death is known. */
  readonly opening: number;
}

interface Copy extends HoldState {
  readonly change: number;
}

/** The content of a new lock's file. */
export function newRecord(): Uint8Array {
  const bytes = new Uint8Array(FILE_BYTES);
  bytes.set(new TextEncoder().encode(HEADER));
  const first = { change: 1, token: 0, held: false, abandoned: false, holderId: 0, opening: 0 };
  bytes.set(encode(first), COPIES_AT[0]);
  return bytes;
}

/**
 * Reads and writes the state in the lock's own file. Only who has the lock may write it, but for the
 * mark that somebody waits.
 *
 * **Crash behaviour**: a process may be killed at any instruction; then the state is the one before
 * or after its write. After a power cut, which ends all holders, the last writes may be missing.
 */
export class HoldRecord {
  readonly #path: string;
  readonly #file: FsFile;
  readonly #bytes = new Uint8Array(FILE_BYTES);
  readonly #mark = new Uint8Array(1);

  /** @throws {TicketlockError} `LOCK_CORRUPT` if the file is no lock, or of another version. */
  constructor(path: string, file: FsFile) {
    this.#path = path;
    this.#file = file;
    this.#fill(0, FILE_BYTES);
    const found = new TextDecoder().decode(this.#bytes.subarray(0, HEADER.length));
    if (found !== HEADER) {
      const isLock = found.startsWith("ticketlock flock ");
      throw corruptLock(path, isLock ? "it is of another version" : "it is not a lock's file");
    }
    this.state();
  }

  /** The last state that was written whole. Whoever does not have the lock may read one that is over. */
  state(): HoldState {
    return this.#latest();
  }

  /** Writes that the lock is held from now on. A predecessor that is still `held` has died: it never said that it is done. */
  take(holderId: number, opening: number, tokensAbove: number): HoldState {
    const last = this.#latest();
    const token = Math.max(last.token, tokensAbove) + 1;
    if (token > MAX_TOKEN)
      throw new TicketlockError(
        "LOCK_LIMIT",
        `Cannot issue tokens above ${last.token}: they would be too large for a number. Use another name.`,
      );
    const abandoned = last.abandoned || last.held;
    return this.#write({
      change: last.change + 1,
      token,
      held: true,
      abandoned,
      holderId,
      opening,
    });
  }

  /** Writes that the hold has ended. If that cannot be written, the next holder is told `abandoned`. */
  free(token: number): void {
    try {
      const last = this.#latest();
      if (last.token === token) this.#write({ ...last, change: last.change + 1, held: false });
    } catch {
      // The lock must be let go all the same.
    }
  }

  /** @throws {TicketlockError} `LOCK_UNAVAILABLE` if that cannot be written. */
  markConsistent(token: number): void {
    const last = this.#latest();
    if (last.token === token && last.abandoned)
      this.#write({ ...last, change: last.change + 1, abandoned: false });
  }

  /** Says to whoever lets go next that somebody waits. */
  want(): void {
    this.#mark[0] = 1;
    this.#put(WANTED_AT, this.#mark);
  }

  /** True if somebody waits, as far as has been said. */
  isWanted(): boolean {
    this.#fill(WANTED_AT, WANTED_AT + 1);
    return this.#bytes[WANTED_AT] === 1;
  }

  /** True if somebody waits; whoever still does must say so again. */
  takeWanted(): boolean {
    if (!this.isWanted()) return false;
    this.#mark[0] = 0;
    this.#put(WANTED_AT, this.#mark);
    return true;
  }

  #latest(): Copy {
    this.#fill(COPIES_AT[0], COPIES_AT[1] + COPY_BYTES);
    const copies = COPIES_AT.flatMap((at) => decode(this.#bytes, at) ?? []);
    const [first, second] = copies;
    if (first === undefined) throw corruptLock(this.#path, "both copies of its state are damaged");
    return second !== undefined && second.change > first.change ? second : first;
  }

  #write(copy: Copy): Copy {
    // Change 1 stands in the first place.
    this.#put(COPIES_AT[copy.change % 2 === 1 ? 0 : 1], encode(copy));
    return copy;
  }

  #fill(from: number, to: number): void {
    try {
      this.#file.seekSync(from, 0);
      for (let at = from; at < to;) {
        const bytes = this.#file.readSync(this.#bytes.subarray(at, to));
        if (bytes === null || bytes === 0) throw corruptLock(this.#path, "it is cut short");
        at += bytes;
      }
    } catch (error) {
      throw lockFileError("read", this.#path, error);
    }
  }

  #put(at: number, bytes: Uint8Array): void {
    try {
      this.#file.seekSync(at, 0);
      if (this.#file.writeSync(bytes) !== bytes.length) throw new Error("it was written in part");
    } catch (error) {
      throw lockFileError("write", this.#path, error);
    }
  }
}

function encode({ change, token, held, abandoned, holderId, opening }: Copy): Uint8Array {
  const bytes = new Uint8Array(COPY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, change, true);
  view.setFloat64(8, token, true);
  view.setFloat64(16, holderId, true);
  view.setFloat64(24, opening, true);
  view.setUint32(32, (held ? HELD : 0) | (abandoned ? ABANDONED : 0), true);
  view.setUint32(SUM_AT, checksum(bytes, 0), true);
  return bytes;
}

/** `undefined` if the copy is not as it was written. */
function decode(bytes: Uint8Array, at: number): Copy | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, COPY_BYTES);
  if (view.getUint32(SUM_AT, true) !== checksum(bytes, at)) return undefined;
  const flags = view.getUint32(32, true);
  return {
    change: view.getFloat64(0, true),
    token: view.getFloat64(8, true),
    holderId: view.getFloat64(16, true),
    opening: view.getFloat64(24, true),
    held: (flags & HELD) !== 0,
    abandoned: (flags & ABANDONED) !== 0,
  };
}

/** FNV-1a (Fowler, Noll, Vo); it starts at no zero, so a copy of zeros does not pass. */
function checksum(bytes: Uint8Array, at: number): number {
  let sum = 0x811c9dc5;
  for (let i = at; i < at + SUM_AT; i++) sum = Math.imul(sum ^ bytes[i]!, 0x01000193) >>> 0;
  return sum;
}
