import { expect, test } from "vitest";
import { Program } from "../program.ts";
import { type Terminated, ways } from "../programs/terminated-words.ts";

/** Of each way; `TICKETLOCK_ZOMBIES=1000` asks for more. */
const TRIALS = Number(process.env["TICKETLOCK_ZOMBIES"] ?? 8);
const LIMIT_MS = 600_000;

test(
  "in Bun a worker's exit is its death: whatever it was doing, it runs no step more, and its lock is free",
  { timeout: LIMIT_MS },
  async () => {
    const program = new Program("bun", "terminated", [String(TRIALS)]);
    expect(await program.ended, program.errors).toBe(0);
    const [said] = program.said as [Record<string, Terminated>];
    console.log(`terminated: ${JSON.stringify(said)}`);
    const clean = { trials: TRIALS, ranOn: 0, livesOn: 0, wrong: 0 };
    expect(said).toEqual(Object.fromEntries(ways.map((way) => [way, clean])));
  },
);
