import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "./usage-error.ts";

/**
 * Writes a file, in place of one that is there, so that nobody ever finds it half-written: beside its place, then
 * renamed.
 * @throws {UsageError} if it cannot be written; then nothing has changed
 */
export function writeWhole(path: string, content: string): void {
  const target = resolve(path);
  const fresh = join(
    dirname(target),
    `.${basename(target).slice(0, 100)}-${randomUUID().slice(0, 8)}`,
  );
  try {
    writeFileSync(fresh, content, { flag: "wx" });
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new UsageError(
      `Cannot write ${path}: ${(error as Error).message}. Nothing was changed there; pass another file to --html.`,
    );
  }
}
