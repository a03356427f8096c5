import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { RenderedFile } from "../report/render-files.ts";
import { journalPath } from "./journal-path.ts";
import { HalfReplacedError, replaceFiles } from "./replace-files.ts";
import { TemporaryFolder } from "./temporary-folder.ts";
import { usageError } from "./usage-error.ts";

/**
 * Where a report goes: nobody ever finds a file of it half-written, and where writing fails all is as it was.
 * What is new is written beside its place and then renamed: a folder, and those above it that were missing, in one
 * step, in a folder that was there file by file.
 */
export class ReportFolder {
  /** As the user wrote it. */
  readonly path: string;
  readonly #target: string;
  /** The folder itself, if it was there, or the nearest above it that is. */
  readonly #base: string;
  readonly #staging: TemporaryFolder;

  /** Makes sure that a report can be written, so that a mistake costs no time. @throws {TicketlockError} `USAGE` */
  constructor(path: string) {
    this.path = path;
    this.#target = resolve(path);
    let staging: TemporaryFolder | undefined;
    try {
      this.#base = nearestAbove(this.#target);
      readdirSync(this.#base); // throws if it is something else than a folder
      // Within a folder that is there: it may be a link, or on another file system than what is around it.
      staging = new TemporaryFolder(
        join(this.#base, `.${basename(this.#target)}-${randomUUID().slice(0, 8)}`),
      );
      this.#staging = staging;
      mkdirSync(this.#staged, { recursive: true }); // throws if what is missing cannot have such names
    } catch (error) {
      staging?.remove();
      throw usageError(
        `Cannot write a report to ${path}: ${reasonOf(error)}. Pass another folder to --out.`,
      );
    }
  }

  /** A file of its own, which nothing else has the name of, beside what is written or within a folder that was there. */
  journalPath(): string {
    return journalPath(this.#target, this.#base);
  }

  /**
   * Puts the files in place.
   * @param earlier - files there that an earlier report has left, and that go unless there is a new one
   * @throws {Error} saying why nothing was written, and what to do
   */
  publish(files: readonly RenderedFile[], earlier: readonly string[] = []): void {
    try {
      for (const { name, content } of files) writeFileSync(join(this.#staged, name), content);
      if (this.#base === this.#target) {
        const names = files.map(({ name }) => name);
        replaceFiles({ from: this.#staged, to: this.#target, names, gone: earlier });
      } else this.#appear();
    } catch (error) {
      throw new Error(
        `Cannot write a report to ${this.path}: ${reasonOf(error)}. ${whatIsThere(error)} ${adviceOn(error)}`,
        { cause: error },
      );
    } finally {
      this.close();
    }
  }

  /** Leaves nothing behind of a report that was not written. */
  close(): void {
    this.#staging.remove();
  }

  /** Where the files are before they are in place: below the same folders as there. */
  get #staged(): string {
    return join(this.#staging.path, relative(this.#base, this.#target));
  }

  #appear(): void {
    const steps = relative(this.#base, this.#target).split(sep);
    // Somebody else may have made a folder above it meanwhile. The report's own must be new, or empty.
    let depth = 1;
    while (depth < steps.length && existsSync(join(this.#base, ...steps.slice(0, depth)))) depth++;
    const path = steps.slice(0, depth);
    renameSync(join(this.#staging.path, ...path), join(this.#base, ...path));
  }
}

function nearestAbove(path: string): string {
  return existsSync(path) ? path : nearestAbove(dirname(path));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function whatIsThere(error: unknown): string {
  return error instanceof HalfReplacedError
    ? `Of an earlier report there, these have been replaced, and could not be put back: ${error.names.join(", ")}.`
    : "Nothing was written there.";
}

const FULL = ["ENOSPC", "EDQUOT", "EFBIG"];

function adviceOn(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  return FULL.includes(code)
    ? "Make room, or pass a folder with more of it to --out."
    : "Pass a folder that can be written to --out.";
}
