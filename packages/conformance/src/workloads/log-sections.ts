import { existsSync, openSync, writeSync } from "node:fs";
import { type Contender, type Guard, isJournaledStore } from "@ticketlock/core";
import { errorName } from "../kit/expect.ts";
import { rest } from "../kit/limit.ts";

export interface LogSectionsInput {
  /** Each line is one note: what happened, the contender's index, and more. Written to by all contenders. */
  readonly log: string;
  /** While there is a file of this name, who comes in stays in. */
  readonly gate: string;
  /** Begins the ids of its orders. */
  readonly run: string;
}

/** Nobody who is in line for longer goes on waiting: it says so and comes again. */
const PATIENCE_MS = 50;

/**
 * Takes the lock again and again, and notes in a file when it comes in and goes out; sells a ticket
 * inside if there is a store, until all are sold. Never asks its owner, who may be gone.
 */
export default async function logSections(
  contender: Contender,
  { log, gate, run }: LogSectionsInput,
): Promise<void> {
  const file = openSync(log, "a", 0o600);
  const note = (what: string, ...more: (number | string)[]): void =>
    void writeSync(file, `${[what, contender.index, ...more].join(" ")}\n`);
  for (let round = 0; ; round++) {
    let guard: Guard;
    try {
      guard = await contender.lock().acquire({ timeoutMs: PATIENCE_MS });
    } catch (error) {
      note(errorName(error));
      continue;
    }
    note("enter");
    if (guard.abandoned) await guard.markConsistent();
    const sold = await sellOne(contender, guard, `${run}-${contender.index}-${round}`, note);
    if (existsSync(gate)) note("stay"); // from here on, and not before, it is certain to stay
    while (existsSync(gate)) await rest();
    note("leave");
    await guard.release();
    if (!sold) return;
    await rest(); // others have their turn also where nobody stands in line
  }
}

/** False if there is nothing left to sell. */
async function sellOne(
  { store }: Contender,
  { token }: Guard,
  id: string,
  note: (what: string, ...more: (number | string)[]) => void,
): Promise<boolean> {
  const inventory = await store.read(token);
  const { remaining, version } = inventory;
  if (remaining === 0) return false;
  const next = { ...inventory, remaining: remaining - 1, version: version + 1 };
  const order = isJournaledStore(store) ? { order: { id, buyer: "somebody", quantity: 1 } } : {};
  const result = await store.write(next, { token, ...order });
  note(result === "written" ? "sold" : result, token, id);
  return true;
}
