/** A round of each fault on each adapter, and on those of several runtimes together, that promise to survive it. */
import { selectedAdapters } from "@ticketlock/harness";
import { afterAll, describe, expect, test } from "vitest";
import { readCatalogue } from "../src/plan/catalogue.ts";
import { combinationsOf, faultNames, faults } from "../src/plan/faults.ts";
import { selectedRounds, selects } from "../src/plan/selection.ts";
import { BaseFolder } from "../src/run/base-folder.ts";
import { type PlayedRound, RoundPlayer } from "../src/run/round-player.ts";
import { timesOf } from "../src/tally/times.ts";

const SEED = 3;
/** For a machine that others use as well; a round that stalls never ends. */
const LIMIT_MS = 40_000;
const TEST_LIMIT_MS = 300_000;

const catalogue = await readCatalogue(selectedAdapters());
const base = new BaseFolder();
afterAll(() => base.remove());
const player = new RoundPlayer({
  catalogue,
  base,
  signal: new AbortController().signal,
  limitMs: LIMIT_MS,
});

async function playFirst(fault: (typeof faultNames)[number], cast: string): Promise<PlayedRound> {
  const isChosen = selects({ faults: [fault], ...(cast !== "" && { casts: [cast] }) });
  const plan = selectedRounds(SEED, 0, catalogue.casts, isChosen).next().value;
  const rounds: PlayedRound[] = [];
  await player.play([plan], Infinity, (round) => rounds.push(round));
  expect(rounds).toHaveLength(1);
  return rounds[0]!;
}

function expectSound({ findings }: PlayedRound): void {
  expect(findings.map(({ promise, sentence }) => `${promise}: ${sentence}`)).toEqual([]);
}

/** Deaths that may not come to pass: of one that does not come to its point, or that another fault has struck before. */
const MAY_MISS: ReadonlySet<string> = new Set(["line-up"]);

for (const fault of faultNames) {
  const { run, words } = faults[fault];
  if (run === "images") {
    test(`${fault}: ${words}`, { timeout: TEST_LIMIT_MS }, async () =>
      expectSound(await playFirst(fault, "")),
    );
    continue;
  }
  const casts = new Set(combinationsOf(fault, catalogue.casts).map(({ cast }) => cast.name));
  describe(`${fault}: ${words}`, { timeout: TEST_LIMIT_MS }, () => {
    test.for([...casts])("%s", async (cast) => {
      const round = await playFirst(fault, cast);
      expectSound(round);
      if (!MAY_MISS.has(fault)) expect(timesOf(fault, round), "it was injected").toBeGreaterThan(0);
    });
  });
}

test("every adapter with contenders and a lock is tormented, and three runtimes together", () => {
  const names = new Set(catalogue.casts.flatMap(({ adapters }) => adapters));
  expect([...names].toSorted()).toEqual([...catalogue.entries.keys()].toSorted());
  if (process.env["TICKETLOCK_ADAPTER"] !== undefined) return;
  const mixed = catalogue.casts.filter(({ adapters }) => adapters.length > 1);
  expect(mixed.map(({ runtimes }) => runtimes)).toEqual([["node", "deno", "bun"]]);
});
