import { describe, expect, test } from "vitest";
import type { ScenarioName } from "../src/index.ts";
import { candidates } from "./adapters.ts";
import { runCli, verdictOf } from "./run-cli.ts";

interface Fault {
  readonly needs: ScenarioName;
  readonly args: readonly string[];
  /** Played so many times until it is found out; once unless told. */
  readonly sales?: number;
}

/** Ten sales of processes that start on a busy machine. */
const SALES_LIMIT_MS = 240_000;

/** Each of these must be found out: a story that cannot fail shows nothing. */
const faults: readonly Fault[] = [
  { needs: "mutex", args: ["mutex", "--lock", "none"] },
  { needs: "misplaced-mutex", args: ["misplaced-mutex", "--lock", "none"] },
  {
    needs: "flash-sale",
    args: ["flash-sale", "--mode", "mutex", "--lock", "broken", "--capacity", "100"],
    // It lets a second one in once in so many times, which may meet nobody in a sale of a hundred: in ten it does.
    sales: 10,
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
];

describe.each(await candidates())("on $entry.name", ({ entry, playable }) => {
  test.each(faults.filter(({ needs }) => playable.includes(needs)))(
    "$args turns red",
    { timeout: SALES_LIMIT_MS },
    async (fault: Fault) => {
      const { args } = fault;
      const play = () => runCli([...args, "--adapter", entry.name, "--json"]);
      let result = await play();
      for (let more = fault.sales ?? 1; more > 1 && result.code === 0; more--)
        result = await play();
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
