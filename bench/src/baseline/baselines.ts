import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { usageError } from "../cli/usage-error.ts";
import { readReport } from "../report/read-report.ts";
import type { Report } from "../report/report.ts";

const MACHINE_ID = /^[0-9a-f]{16}$/;

/** Where baselines are kept: one report for each machine, in a file that has the machine's id for a name. */
export class Baselines {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The file of a machine's baseline, whether it is there or not. @throws {TicketlockError} `USAGE` if that is no machine's id */
  pathOf(machine: string): string {
    if (!MACHINE_ID.test(machine))
      throw usageError(
        `Cannot keep a baseline of the machine ${JSON.stringify(machine)}: its id must be 16 hexadecimal digits. Pass reports as pnpm bench writes them.`,
      );
    return join(this.#folder, `${machine}.json`);
  }

  /** True if a baseline of that machine is kept. */
  has(machine: string): boolean {
    return existsSync(this.pathOf(machine));
  }

  /** A machine's baseline. @throws {TicketlockError} `USAGE` if none is saved, or it cannot be read */
  read(machine: string): Report {
    if (this.has(machine)) return readReport(this.pathOf(machine));
    throw usageError(
      `Cannot compare with a baseline: none is saved for this machine (${machine}) in ${this.#folder}. Save one: pnpm bench baseline save.`,
    );
  }

  /**
   * Keeps a report as its machine's baseline, whole or not at all; the report is in it unabridged, without
   * the spaces that make it readable.
   * @returns the file's size in bytes
   * @throws {Error} saying why it could not be written
   */
  save(report: Report): number {
    const path = this.pathOf(report.environment.machine);
    const fresh = `${path}.${randomUUID().slice(0, 8)}`;
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(fresh, `${JSON.stringify(report)}\n`);
      renameSync(fresh, path);
      return statSync(path).size;
    } catch (error) {
      if (existsSync(fresh)) rmSync(fresh);
      throw new Error(
        `Cannot save the baseline ${path}: ${(error as Error).message}. What was there is unchanged. Make room, or pass a folder that can be written to --baselines.`,
        { cause: error },
      );
    }
  }
}
