import { randomBytes } from "node:crypto";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { TicketlockError } from "@ticketlock/core";
import {
  mayLive,
  ownIdentity,
  type ProcessIdentity,
  writePrivateFile,
} from "@ticketlock/mapped-memory/state";
import { removeQuietly } from "./remove-quietly.ts";

const OPENING =
  /^o\.(\d{1,10})-(\d{0,20})-([0-9a-f-]{0,36})-(\d{1,20})\.([0-9a-f]{16})\.(\d{1,7})$/;

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

  /** `atExit` is called if the process ends with this still open. */
  constructor(directory: string, atExit: () => void) {
    const { processId, startTime, bootId, pidNamespace } = ownIdentity();
    this.#directory = directory;
    this.#stem = `o.${processId}-${startTime}-${bootId}-${pidNamespace}.${randomBytes(8).toString("hex")}`;
    this.#atExit = atExit;
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

  /** True if acquisitions of other openings wait. The dead, who would wait for ever, are removed. */
  othersWait(): boolean {
    return listOpenings(this.#directory).some(
      (opening) =>
        opening.waiters > 0 &&
        !opening.file.startsWith(this.#stem) &&
        lives(this.#directory, opening),
    );
  }

  #path(waiters: number): string {
    return join(this.#directory, `${this.#stem}.${waiters}`);
  }
}

/** Counts what living processes have open and wait for, and removes the files of dead ones. */
export function countOpenings(directory: string): OpeningsCount {
  writeChanges();
  let [openings, waiters] = [0, 0];
  for (const opening of listOpenings(directory)) {
    if (!lives(directory, opening)) continue;
    openings++;
    waiters += opening.waiters;
  }
  return { openings, waiters };
}

interface ListedOpening extends ProcessIdentity {
  readonly file: string;
  readonly waiters: number;
}

function listOpenings(directory: string): ListedOpening[] {
  return filesIn(directory).flatMap((file) => {
    const match = OPENING.exec(file);
    if (match === null) return [];
    const [, processId, startTime = "", bootId = "", pidNamespace, , waiters] = match;
    return [
      {
        file,
        processId: Number(processId),
        startTime,
        bootId,
        pidNamespace: Number(pidNamespace),
        waiters: Number(waiters),
      },
    ];
  });
}

/** Removes the file of a process that has ended. */
function lives(directory: string, opening: ListedOpening): boolean {
  if (mayLive(opening)) return true;
  removeQuietly(join(directory, opening.file));
  return false;
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
