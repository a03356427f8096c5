import { equal, expect, show } from "../kit/expect.ts";
import { runProgram } from "../kit/program.ts";
import type { LockCase } from "./lock-case.ts";

/** What a lock owes to the process that uses it. */
export const processCases: readonly LockCase[] = [
  {
    name: "a pending acquire keeps the process alive, and a closed lock does not",
    run: async (arena, { kind, program }) => {
      const end = await runProgram("keep-alive", program, [kind], arena.limitMs);
      equal(
        end.stdout.trim(),
        "granted",
        `the pending acquire is granted before the process ends (${show(end)})`,
      );
      expect(!end.killed, "the process ends by itself once the lock is closed");
      equal(end.code, 0, "the process ends cleanly");
    },
  },
];
