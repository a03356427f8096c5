import { join } from "node:path";
import process from "node:process";
import { findWorkspaceRoot, interruptible, selectedAdapters } from "@ticketlock/harness";
import { type Catalogue, readCatalogue } from "../plan/catalogue.ts";
import { drawRound } from "../plan/draw-round.ts";
import { type FaultName, faultNames } from "../plan/faults.ts";
import { checkSelection, selects } from "../plan/selection.ts";
import { codeIdentity } from "../run/code-identity.ts";
import { checkPlace } from "../run/write-whole.ts";
import type { PlayedRound } from "../run/round-player.ts";
import { Torture } from "../run/torture.ts";
import { EXIT } from "./exit.ts";
import { exitCodeOf } from "./exit-code.ts";
import { describeError } from "./exit-on-crash.ts";
import { listLines } from "./list-lines.ts";
import { readOptions, type Request } from "./options.ts";
import { Progress } from "./progress.ts";
import { reachGoals } from "./reach-goals.ts";
import { closingText, type Result, writeReport } from "./report.ts";

const LARGEST_SEED = 2 ** 31 - 1;
const MINUTE_MS = 60_000;
/** Where a number of trials is enough, few rounds are played beyond it. */
const TRIALS_BLOCK = 2;

/** `pnpm torture`. Gives the exit code. @throws {TicketlockError} what cannot be done */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const request = readOptions(argv);
  if (request === undefined) return EXIT.ok;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  return interruptible(
    () => say("Stopping; what was done will be told."),
    async ({ signal }) => {
      let catalogue: Catalogue;
      try {
        catalogue = await readCatalogue(selectedAdapters(), signal);
      } catch (error) {
        // There is nothing to tell of yet.
        if (signal.aborted) return EXIT.interrupted;
        throw error;
      }
      if (request.list) {
        say(listLines(catalogue.casts).join("\n"));
        return EXIT.ok;
      }
      checkSelection(request.selection, catalogue.casts);
      if (request.out !== undefined) checkPlace(request.out);
      const result = await torment(request, catalogue, signal, say);
      say(`\n${closingText(result)}`);
      if (request.out !== undefined)
        say(`Written: ${writeReport(request.out, result).join(" and ")}`);
      return exitCodeOf(request, result, signal.aborted);
    },
  );
}

async function torment(
  request: Request,
  catalogue: Catalogue,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Result> {
  const root = findWorkspaceRoot() ?? process.cwd();
  const folder = join(root, "test-results", "torture");
  const progress = new Progress(say);
  const onRound = (round: PlayedRound, kept: string): void => progress.note(round, kept);
  if (request.goals) return reachGoals({ request, catalogue, signal, root, folder, say, onRound });
  const { revision } = codeIdentity(root, catalogue.casts);
  const seed = request.seed ?? Date.now() % LARGEST_SEED;
  const startedAt = new Date();
  const startedMs = performance.now();
  say(`Seed ${seed}.`);
  await using torture = new Torture({ catalogue, seed, signal, keepUnder: folder, onRound });
  try {
    await playRequest(torture, request, seed, catalogue);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`${describeError(error)}\n`);
  }
  const tookMs = performance.now() - startedMs;
  return { tally: torture.tally, seed, startedAt, tookMs, partial: signal.aborted, revisions: [revision], remarks: [] }; // prettier-ignore
}

async function playRequest(
  torture: Torture,
  { round, minutes, trials, selection }: Request,
  seed: number,
  { casts }: Catalogue,
): Promise<void> {
  if (round !== undefined) return torture.playOne(drawRound(seed, round, casts));
  const isChosen = selects(selection);
  if (trials === undefined) {
    await torture.play({ from: 0, selects: isChosen, isDone: () => false, forMs: minutes * MINUTE_MS }); // prettier-ignore
    return;
  }
  // One fault after the other: each is injected so often, and none much oftener.
  const isEnough = (fault: FaultName) => (): boolean => (torture.times.get(fault) ?? 0) >= trials;
  for (const fault of possible(selection.faults, casts, isChosen, seed))
    await torture.play({
      from: 0,
      selects: (plan) => plan.fault === fault && isChosen(plan),
      isDone: isEnough(fault),
      forMs: Infinity,
      block: TRIALS_BLOCK,
    });
}

/** Numbers among which every fault that can be tried at all is drawn. */
const SAMPLE = 3_000;

/** Faults that can be tried with what was selected; all that were named, so that one that cannot is told of. */
function possible(
  named: readonly FaultName[] | undefined,
  casts: Catalogue["casts"],
  isChosen: ReturnType<typeof selects>,
  seed: number,
): readonly FaultName[] {
  if (named !== undefined) return named;
  const sample = Array.from({ length: SAMPLE }, (_item, round) => drawRound(seed, round, casts));
  const drawn = new Set(sample.filter(isChosen).map(({ fault }) => fault));
  return faultNames.filter((fault) => drawn.has(fault));
}
