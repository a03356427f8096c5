/**
 * The short version of the torture: each fault once, drawn from a fixed seed, so that the same code gives the same
 * verdict on each day. Other seeds are what `pnpm torture` is for, which draws one and prints it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { faultNames } from "../src/plan/faults.ts";
import { elsewhere, type PromiseId, promiseIds } from "../src/plan/promises.ts";
import type { TallyData } from "../src/tally/tally.ts";
import { startMain } from "../test/support/run-main.ts";

const SEED = 1;
/** Which of them the end of a worker tries depends on its runtime; test/rounds.test.ts ends one of each. */
const ofWorkers: ReadonlySet<PromiseId> = new Set<PromiseId>(["P4", "P5"]);
/** Two minutes on a machine that does nothing else. */
const TEST_LIMIT_MS = 600_000;

test(
  "each fault once, of a fixed seed, tries every promise and finds no violation",
  { timeout: TEST_LIMIT_MS },
  async () => {
    const out = mkdtempSync(join(tmpdir(), "ticketlock-torture-system-"));
    onTestFinished(() => rmSync(out, { recursive: true, force: true }));
    const args = ["--seed", String(SEED), "--trials", "1", "--out", out];
    const { code, stdout, stderr } = await startMain(args).done;
    console.log(stdout);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    const json = readdirSync(out).find((name) => name.endsWith(".json"))!;
    const { rounds, rows } = JSON.parse(readFileSync(join(out, json), "utf8")) as TallyData;
    const tried = new Set(rows.filter(({ trials }) => trials > 0).map(({ promise }) => promise));
    const isTried = (id: PromiseId): boolean => tried.has(id) || (ofWorkers.has(id) && [...ofWorkers].some((other) => tried.has(other))); // prettier-ignore
    expect(promiseIds.filter((id) => !(id in elsewhere) && !isTried(id))).toEqual([]);
    expect(rounds).toBeGreaterThanOrEqual(faultNames.length);
  },
);
