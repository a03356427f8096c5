import { usageError } from "../cli/usage-error.ts";
import { STEADY } from "../plan/cell.ts";
import type { Report, ReportCell } from "./report.ts";

/** So many keys are named where one is sought in vain. */
const MOST_NAMED = 5;

/**
 * The cell with this key, or the only one whose key has this in it. Where several have it, and the text is the end
 * of a steady cell's key but for the length of the section, the one with the shortest section: `futex/memory/counter/x2`
 * is `node/worker-threads/futex/memory/counter/x2/0us`, if only one adapter has such cells. Of a cell and its twin it
 * is the first.
 *
 * @throws {TicketlockError} `USAGE`: several match, and are named; or none does, and the nearest are named
 */
export function findCell({ cells, notMeasured }: Report, text: string): ReportCell {
  const exact = cells.find(({ key }) => key === text);
  if (exact !== undefined) return exact;
  const wanted = text.toLowerCase();
  const matches = cells.filter(({ key }) => key.toLowerCase().includes(wanted));
  const [first, ...others] = matches;
  if (first !== undefined && wanted !== "") {
    if (others.every(({ key }) => key === `${first.key}/twin`)) return first;
    const shortest = shortestSection(matches, wanted);
    if (shortest !== undefined) return shortest;
    throw usageError(
      `Cannot explain ${text}: ${matches.length} cells match: ${named(matches.map(({ key }) => key))}. Write more of the key.`,
    );
  }
  const missing = notMeasured.find(({ key }) => key === text);
  if (missing !== undefined)
    throw usageError(
      `Cannot explain ${text}: it was not measured: ${missing.why.split("\n")[0]!.replace(/\.$/, "")}. Choose another cell.`,
    );
  throw usageError(
    `Cannot explain ${text}: the report has no such cell. Nearest: ${named(nearest(cells, wanted))}.`,
  );
}

/** The plainest of steady cells that differ in their section only; `undefined` if the text means other cells as well. */
function shortestSection(matches: readonly ReportCell[], wanted: string): ReportCell | undefined {
  const meant = matches.filter(
    (cell) =>
      cell.scenario === STEADY &&
      cell.twin === 0 &&
      (cell.key.toLowerCase().endsWith(wanted) || beforeSection(cell).endsWith(wanted)),
  );
  const places = new Set(meant.map(beforeSection));
  return places.size === 1 ? meant.sort((a, b) => a.section - b.section)[0] : undefined;
}

function beforeSection({ key, section }: ReportCell): string {
  return key.toLowerCase().slice(0, -`/${section}us`.length);
}

function named(keys: readonly string[]): string {
  const first = keys.slice(0, MOST_NAMED).join(", ");
  return keys.length <= MOST_NAMED ? first : `${first} and ${keys.length - MOST_NAMED} more`;
}

/** Those whose keys have most of the text's parts. */
function nearest(cells: readonly ReportCell[], wanted: string): string[] {
  const parts = wanted.split(/[/\s,]+/).filter((part) => part !== "");
  const score = (key: string): number => {
    const own = key.toLowerCase().split("/");
    return parts.reduce(
      (sum, part) =>
        sum + (own.includes(part) ? 2 : own.some((other) => other.includes(part)) ? 1 : 0),
      0,
    );
  };
  return cells
    .map(({ key }) => ({ key, score: score(key) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST_NAMED)
    .map(({ key }) => key);
}
