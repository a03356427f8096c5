import { appendFileSync, closeSync, openSync, rmSync } from "node:fs";
import type { Cell } from "../plan/cell.ts";
import { JOURNAL_TOOL, type JournalEntry } from "../report/journal.ts";
import type { Report } from "../report/report.ts";
import type { BlockOutcome } from "../run/coordinator.ts";

/**
 * A run's blocks in a file, one JSON text a line, each written as soon as it is measured: what a run leaves behind
 * that is killed, so that `pnpm bench report` can make a partial report of it. The lines of a run that is killed are
 * whole but for the last one; those of a machine that loses its power may be lost.
 */
export class BlockJournal {
  readonly path: string;
  readonly #startedMs: number;
  readonly #say: (line: string) => void;
  #file: number | undefined;
  /** Somebody else's is never removed. */
  #isOwn = false;
  #blocks = 0;

  /**
   * Makes the file, for this user alone. A journal that cannot be written costs the run nothing: that is said, once.
   * @param header - the report of the run as it is before its first block
   * @param startedMs - when the run began, by `performance.now()`
   */
  constructor(path: string, header: Report, startedMs: number, say: (line: string) => void) {
    this.path = path;
    this.#startedMs = startedMs;
    this.#say = say;
    this.#attempt(() => {
      this.#file = openSync(path, "ax", 0o600);
      this.#isOwn = true;
      this.#append({ tool: JOURNAL_TOOL, report: header });
      say(
        `Until the report is written, blocks are kept in ${path}; pnpm bench report makes a partial report of it.`,
      );
    });
  }

  /** Keeps what became of a block. */
  add(cell: Cell, outcome: BlockOutcome): void {
    if (this.#file === undefined) return;
    const afterMs = Math.round(performance.now() - this.#startedMs);
    this.#attempt(() => {
      this.#append({ afterMs, cell, ...outcome } satisfies JournalEntry);
      this.#blocks++;
    });
  }

  /** Removes it: the report is written. */
  remove(): void {
    this.#blocks = 0;
    this.close();
  }

  /** Lets go of the file, which stays if there is a block in it. @returns whether it stays */
  close(): boolean {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    if (this.#isOwn && this.#blocks === 0) rmSync(this.path, { force: true });
    return this.#blocks > 0;
  }

  #append(value: unknown): void {
    appendFileSync(this.#file!, `${JSON.stringify(value)}\n`);
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (this.#file !== undefined) closeSync(this.#file);
      this.#file = undefined;
      this.#say(
        `Cannot keep blocks in ${this.path}: ${(error as Error).message}. The run goes on without: if it is killed, they are lost.`,
      );
    }
  }
}
