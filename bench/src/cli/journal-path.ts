import { randomUUID } from "node:crypto";
import { basename, join } from "node:path";

/** By this a journal is told from a report. */
export const JOURNAL_ENDING = ".jsonl";

const SUFFIX = /\.journal-[0-9a-f]{8}\.jsonl$/;

/**
 * A name that no other file has, for the journal of a run.
 * @param folder - what the report goes to
 * @param base - that folder, if it is there, or one above it that is
 */
export function journalPath(folder: string, base: string): string {
  const name = folder === base ? "" : basename(folder);
  return join(base, `${name}.journal-${randomUUID().slice(0, 8)}${JOURNAL_ENDING}`);
}

/** The folder to which the report of a journal goes: it has the journal's name without what makes that a journal's. */
export function folderOfJournal(path: string): string {
  const folder = path.replace(SUFFIX, "");
  return folder === path ? `${path.slice(0, -JOURNAL_ENDING.length)}-report` : folder || ".";
}
