import { expect, test } from "vitest";
import { runDeno } from "./deno.ts";
import type { ZombieCounts } from "./programs/zombie-words.ts";

/** `TICKETLOCK_ZOMBIES=1000` asks for more. */
const TRIALS = Number(process.env["TICKETLOCK_ZOMBIES"] ?? 60);
/** What the locks need, and nothing else. */
const PERMISSIONS = ["--allow-read", "--allow-env"];
const LIMIT_MS = 600_000;

test(
  "a worker that runs on after its end commits nothing and is granted nothing",
  { timeout: LIMIT_MS },
  async () => {
    const { code, stdout, stderr } = await runDeno(
      "zombies",
      PERMISSIONS,
      [String(TRIALS)],
      LIMIT_MS,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const counts = JSON.parse(stdout) as ZombieCounts;
    console.log(`zombies: ${stdout.trim()}`);
    expect(counts).toMatchObject({ trials: TRIALS, staleCommitsAccepted: 0, secondGrants: 0 });
    // Else the trials would show nothing.
    expect(counts.ranOn).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
  },
);
