import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { RenderedFile } from "../report/render-files.ts";
import { TemporaryFolder } from "./temporary-folder.ts";
import { usageError } from "./usage-error.ts";

/**
 * Where a report goes: nobody ever finds a file of it half-written. What is new is written beside its place
 * and then renamed: a folder in one step, in a folder that was there file by file.
 */
export class ReportFolder {
  /** As the user wrote it. */
  readonly path: string;
  readonly #target: string;
  readonly #existed: boolean;
  readonly #staging: TemporaryFolder;

  /** Makes sure that a report can be written, so that a mistake costs no time. @throws {TicketlockError} `USAGE` */
  constructor(path: string) {
    this.path = path;
    this.#target = resolve(path);
    try {
      this.#existed = existsSync(this.#target);
      if (this.#existed) readdirSync(this.#target); // throws if it is something else than a folder
      else makeFolders(dirname(this.#target));
      // Within a folder that is there: it may be a link, or on another file system than what is around it.
      const beside = this.#existed ? this.#target : dirname(this.#target);
      const name = `.${basename(this.#target)}-${randomUUID().slice(0, 8)}`;
      this.#staging = new TemporaryFolder(join(beside, name));
    } catch (error) {
      throw usageError(
        `Cannot write a report to ${path}: ${reasonOf(error)}. Pass another folder to --out.`,
      );
    }
  }

  /** Puts the files in place. @throws {Error} saying why nothing was written, and what to do. */
  publish(files: readonly RenderedFile[]): void {
    try {
      for (const { name, content } of files) writeFileSync(join(this.#staging.path, name), content);
      if (this.#existed) this.#moveEach(files);
      else renameSync(this.#staging.path, this.#target);
    } catch (error) {
      throw new Error(
        `Cannot write a report to ${this.path}: ${reasonOf(error)}. Nothing was written there. ${adviceOn(error)}`,
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

  #moveEach(files: readonly RenderedFile[]): void {
    const places = files.map(({ name }) => [
      join(this.#staging.path, name),
      join(this.#target, name),
    ]);
    // Looked at before the first is replaced: a folder of that name is not.
    for (const [, to] of places)
      if (statSync(to!, { throwIfNoEntry: false })?.isDirectory())
        throw new Error(`${to} is a folder`);
    for (const [from, to] of places) renameSync(from!, to!);
    rmdirSync(this.#staging.path);
  }
}

/** One by one: where a parent exists but takes no folder, as /proc does, Node's own recursive way never ends. */
function makeFolders(folder: string): void {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) mkdirSync(each);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const FULL = ["ENOSPC", "EDQUOT", "EFBIG"];

function adviceOn(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  return FULL.includes(code)
    ? "Make room, or pass a folder with more of it to --out."
    : "Pass a folder that can be written to --out.";
}
