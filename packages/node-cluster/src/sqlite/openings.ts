import { randomBytes } from "node:crypto";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { TicketlockError } from "@ticketlock/core";
import {
  identityText,
  mayLive,
  ownIdentity,
  parseIdentity,
  type ProcessIdentity,
  writePrivateFile,
} from "@ticketlock/mapped-memory/state";
import { removeQuietly } from "./remove-quietly.ts";

const OPENING = /^o\.([0-9a-f-]{1,80})\.[0-9a-f]{16}\.(\d{1,7})$/;
/** So many files more than twice those of the living are listed at a release before the dead's are looked for. */
const SPARE = 16;

/** Openings of this process whose files do not yet say how many wait. */
const changed = new Set<Opening>();
/** Openings of this process, for its end. */
const opened = new Set<Opening>();
let listensForExit = false;

/** What the files of a lock's openings say together. */
export interface OpeningsCount {
  readonly openings: number;
  readonly waiters: number;
}

/**
 * One opening of a lock, as an empty file whose *name* tells the process and how many of its
 * acquisitions wait. Changing the number is one rename; nothing has to be locked for it, and what a
 * dead process leaves is seen to be a dead process's by whoever looks, and removed.
 */
export class Opening {
  readonly #directory: string;
  readonly #stem: string;
  readonly #atExit: () => void;
  #waiters = 0;
  #recorded = 0;
  #closed = false;
  #sweepAbove: number;

  /** `atExit` is called if the process ends with this still open. */
  constructor(directory: string, atExit: () => void) {
    this.#directory = directory;
    this.#stem = `o.${identityText(ownIdentity())}.${randomBytes(8).toString("hex")}`;
    this.#atExit = atExit;
    this.#sweepAbove = sweepAbove(countOpenings(directory).openings + 1);
    writePrivateFile(this.#path(0), "");
    opened.add(this);
    if (!listensForExit) process.on("exit", endAll);
    listensForExit = true;
  }

  get waiters(): number {
    return this.#waiters;
  }

  /** So many acquisitions wait now. Written a moment later, many changes at once. */
  set waiters(waiters: number) {
    this.#waiters = waiters;
    if (changed.size === 0) queueMicrotask(writeChanges);
    changed.add(this);
  }

  /** Writes the number of waiters. The file may be gone with its directory: then nobody counts. */
  record(): void {
    if (this.#closed || this.#waiters === this.#recorded) return;
    try {
      renameSync(this.#path(this.#recorded), this.#path(this.#waiters));
      this.#recorded = this.#waiters;
    } catch {
      // Only the count of waiters is at stake.
    }
  }

  close(): void {
    this.#closed = true;
    opened.delete(this);
    changed.delete(this);
    removeQuietly(this.#path(this.#recorded));
  }

  /** The process ends: whoever opened this lets go of what it can. */
  end(): void {
    this.#atExit();
  }

  /**
   * True if acquisitions of other openings wait. The dead, who would wait for ever, are removed; of those
   * that did not wait, no more are left than a part of what has to be listed anyway.
   */
  othersWait(): boolean {
    let openings = listOpenings(this.#directory);
    if (openings.length > this.#sweepAbove) {
      openings = sweep(this.#directory, openings);
      this.#sweepAbove = sweepAbove(openings.length);
    }
    const waiting = openings.filter(
      ({ file, waiters }) => waiters > 0 && !file.startsWith(this.#stem),
    );
    return waiting.length > 0 && sweep(this.#directory, waiting).length > 0;
  }

  #path(waiters: number): string {
    return join(this.#directory, `${this.#stem}.${waiters}`);
  }
}

/** Counts what living processes have open and wait for, and removes the files of dead ones. */
export function countOpenings(directory: string): OpeningsCount {
  writeChanges();
  const living = sweep(directory, listOpenings(directory));
  const waiters = living.reduce((sum, opening) => sum + opening.waiters, 0);
  return { openings: living.length, waiters };
}

interface ListedOpening {
  readonly file: string;
  readonly process: ProcessIdentity;
  readonly waiters: number;
}

function listOpenings(directory: string): ListedOpening[] {
  return filesIn(directory).flatMap((file) => {
    const [, who = "", waiters] = OPENING.exec(file) ?? [];
    const process = parseIdentity(who);
    return process === undefined ? [] : [{ file, process, waiters: Number(waiters) }];
  });
}

/** Those of processes that may live. The files of the others are removed. */
function sweep(directory: string, openings: readonly ListedOpening[]): ListedOpening[] {
  const answers = new Map<string, boolean>(); // one process may have many
  return openings.filter(({ file, process }) => {
    const who = identityText(process);
    const lives = answers.get(who) ?? mayLive(process);
    answers.set(who, lives);
    if (!lives) removeQuietly(join(directory, file));
    return lives;
  });
}

function sweepAbove(living: number): number {
  return 2 * living + SPARE;
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    throw new TicketlockError(
      "LOCK_LOST",
      `Cannot use the lock in ${directory}: its files are gone. Open it again, everywhere.`,
      { cause },
    );
  }
}

function writeChanges(): void {
  for (const opening of changed) opening.record();
  changed.clear();
}

function endAll(): void {
  for (const opening of opened) opening.end();
}
