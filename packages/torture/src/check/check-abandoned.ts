import type { Note } from "../contender/notes.ts";
import type { Injected } from "../round/round-report.ts";
import { type Hold, type Holds, lastHold, lostHold } from "./holds.ts";

/** What all clients have noted of guards: told abandoned, and what was called consistent. */
interface Told {
  readonly abandoned: ReadonlySet<number>;
  readonly consistent: ReadonlyMap<number, "called" | "returned">;
}

/**
 * Looks whether every death inside a section was told as abandoned, to each holder after it until one has
 * called the data consistent; and whether nobody was told of a death that cannot have been.
 */
export function abandonedFaults(
  history: Holds,
  notes: readonly { readonly notes: readonly Note[] }[],
  injected: readonly Injected[],
): string[] {
  const told = toldIn(notes);
  const losses = injected.filter(({ resetNs }) => resetNs !== undefined);
  const lost = new Set(losses.map((one) => lostHold(history, one)));
  const faults: string[] = [];
  /** A death that must be told, and one that may be. */
  let certain: string | undefined;
  let possible = false;
  const dead = new Set(history.deaths.keys());
  // A client that died in the middle of an acquisition may have been granted at any time in it; so may one
  // that stood in line, and was refused when it ran on.
  const openDeaths =
    lost.has(undefined) || [...dead].some((client) => (history.open.get(client) ?? []).length > 0);
  for (const hold of history.holds) {
    const isTold = told.abandoned.has(hold.token);
    if (certain !== undefined && !isTold)
      faults.push(`${hold.client} was granted with token ${hold.token} after ${certain} had died inside, and was not told abandoned`); // prettier-ignore
    if (isTold && certain === undefined && !possible && !openDeaths)
      faults.push(`${hold.client} was told abandoned with token ${hold.token}, although nobody had died inside`); // prettier-ignore
    const state = told.consistent.get(hold.token);
    if (state === "returned") {
      certain = undefined;
      possible = false;
    } else if (state === "called") {
      // It may have had its effect, or not.
      possible ||= certain !== undefined;
      certain = undefined;
    }
    if (!dead.has(hold.client)) continue;
    if (lost.has(hold) || lastHold(history, hold.client) === hold) certain = hold.client;
    // A release may leave the process a moment after it has returned, and so not at all.
    else if (isLast(history, hold)) possible = true;
  }
  return faults;
}

function isLast({ holds }: Holds, hold: Hold): boolean {
  return holds.findLast(({ client }) => client === hold.client) === hold;
}

function toldIn(all: readonly { readonly notes: readonly Note[] }[]): Told {
  const abandoned = new Set<number>();
  const consistent = new Map<number, "called" | "returned">();
  for (const note of all.flatMap(({ notes }) => notes)) {
    if (note.what === "abandoned") abandoned.add(note.token);
    if (note.what === "consistent" && consistent.get(note.token) !== "returned")
      consistent.set(note.token, note.state);
  }
  return { abandoned, consistent };
}
