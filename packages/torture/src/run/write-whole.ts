import { randomUUID } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { TicketlockError } from "@ticketlock/core";
import { basename, dirname, join, resolve } from "node:path";

/**
 * Looks whether files can be written into a folder, which need not be there yet, so that a mistake costs no time.
 * @throws {TicketlockError} `USAGE`
 */
export function checkPlace(folder: string, flag = "--out"): void {
  try {
    let at = resolve(folder);
    while (!existsSync(at)) at = dirname(at);
    readdirSync(at); // throws if it is something else than a folder
    accessSync(at, constants.W_OK);
  } catch (error) {
    throw new TicketlockError("USAGE", `Cannot write to ${folder}: ${(error as Error).message}. Pass another place to ${flag}.`); // prettier-ignore
  }
}

export interface FileToWrite {
  readonly path: string;
  readonly content: string;
}

/**
 * Writes files, in place of those that are there, so that nobody ever finds one half-written: all beside their
 * places first, then each is renamed.
 * @throws {Error} saying why, in which case nothing was changed
 */
export function writeWhole(files: readonly FileToWrite[]): void {
  const places = files.map(({ path, content }) => {
    const target = resolve(path);
    const fresh = join(dirname(target), `.${basename(target)}-${randomUUID().slice(0, 8)}`);
    return { path, target, fresh, content };
  });
  try {
    for (const { target, fresh, content } of places) {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(fresh, content, { flag: "wx" });
    }
    for (const { target, fresh } of places) renameSync(fresh, target);
  } catch (error) {
    for (const { fresh } of places) if (existsSync(fresh)) rmSync(fresh);
    throw new Error(`Cannot write ${places.map(({ path }) => path).join(" and ")}: ${(error as Error).message}. Pass a place that can be written to.`, { cause: error }); // prettier-ignore
  }
}
