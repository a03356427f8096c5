import { describe, expect, test } from "vitest";
import { candidates } from "./adapters.ts";
import { runCli, verdictOf } from "./run-cli.ts";

/** Each of these must be found out: a story that cannot fail shows nothing. */
const faults = [
  { needs: "mutex", args: ["mutex", "--lock", "none"] },
  { needs: "misplaced-mutex", args: ["misplaced-mutex", "--lock", "none"] },
  {
    needs: "flash-sale",
    args: ["flash-sale", "--mode", "mutex", "--lock", "broken", "--capacity", "100"],
  },
  { needs: "flash-sale", args: ["flash-sale", "--mode", "mutex", "--lock", "none"] },
  {
    needs: "counter",
    args: ["counter", "--locking", "coarse", "--lock", "none", "--steps", "500"],
  },
  { needs: "counter", args: ["counter", "--locking", "fine", "--lock", "none", "--steps", "500"] },
  { needs: "interleaving", args: ["interleaving", "--lock", "none", "--think", "10"] },
  { needs: "turns", args: ["turns", "--lock", "none", "--think", "10"] },
  { needs: "try-and-timeout", args: ["try-and-timeout", "--lock", "none", "--think", "1"] },
  { needs: "crash", args: ["crash", "--lock", "none"] },
] as const;

describe.each(await candidates())("on $entry.name", ({ entry, playable }) => {
  test.each(faults.filter(({ needs }) => playable.includes(needs)))(
    "$args turns red",
    async ({ args }) => {
      const result = await runCli([...args, "--adapter", entry.name, "--json"]);
      expect(result.code).toBe(1);
      const verdict = verdictOf(result);
      expect(verdict.asExpected).toBe(false);
      expect(verdict.unexpected.length).toBeGreaterThan(0);
      expect(result.stdout).toContain("verdict: NOT as expected");
    },
  );

  test.runIf(playable.includes("mutex"))(
    "a mutex that does not exclude shows as overlaps, and as tickets sold twice",
    async () => {
      const verdict = verdictOf(
        await runCli([
          "mutex",
          "--lock",
          "none",
          "--think",
          "50",
          "--adapter",
          entry.name,
          "--json",
        ]),
      );
      expect(verdict.overlaps).toBeGreaterThan(0);
      expect(verdict.oversold).toBeGreaterThan(0);
      expect(verdict.lostUpdates).toBe(verdict.oversold);
    },
  );
});
