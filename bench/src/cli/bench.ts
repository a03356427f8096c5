import { type Cell, cellKey } from "../plan/cell.ts";
import { checkPlan } from "../plan/check-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { peerHost, peerOf } from "../peers/peer-cells.ts";
import { PeerPrograms } from "../peers/peer-programs.ts";
import { type PeerTools, tryPeers } from "../peers/try-peers.ts";
import { describeEnvironment } from "../environment/environment.ts";
import { makeReport, type RunFindings, unmeasured } from "../report/make-report.ts";
import type { ConformanceRow, PeerRow, Report } from "../report/report.ts";
import { type CoordinatorResult, runPlan, runtimeVersions } from "../run/coordinator.ts";
import { keepCompiled } from "../run/keep-compiled.ts";
import { checkLocks, hasFailed, type MeasuredLock } from "../run/measured-locks.ts";
import {
  type Cast,
  checkSelection,
  chooseAdapters,
  flagsOf,
  readCatalogue,
} from "../run/prepare.ts";
import type { BlockJournal } from "./block-journal.ts";
import { type BenchOptions, withBudget } from "./options.ts";
import { planLines } from "./plan-lines.ts";
import { planRun } from "./plan-run.ts";

/** What a run needs besides its options. */
export interface BenchContext {
  /** Top of the workspace. */
  readonly root: string;
  readonly argv: readonly string[];
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Is called once all that was asked for turned out to be possible, before anything is measured. */
  readonly onReady: () => void;
  /** Is given the report as it is before the first block, and gives what keeps the blocks as they come. */
  readonly openJournal?: (header: Report, startedMs: number) => Pick<BlockJournal, "add">;
}

/** Measures and gives the report; a run that is called off gives what it has, marked partial. */
export async function runBench(options: BenchOptions, context: BenchContext): Promise<Report> {
  const startedMs = performance.now();
  const startedAt = new Date().toISOString();
  const { selection, peersOnly } = options;
  const preset = withBudget(options);
  const seed = options.seed ?? Date.now() % 2 ** 31;
  const casts = chooseAdapters(context.root, options.adapters);
  const programs = new PeerPrograms();
  const forgetCompiled = keepCompiled();
  try {
    const catalogue = await readCatalogue(casts, context.signal);
    checkSelection(catalogue, selection);
    const planned = planRun(catalogue, casts, { preset, selection, peersOnly });
    const { plan, possible, locks, triesPeers } = planned;
    checkPlan(possible, plan, preset, selection, peersOnly);
    context.onReady();
    for (const line of planLines(plan, preset, seed)) context.say(line);
    const facts = describeEnvironment(
      context.root,
      context.argv,
      await runtimeVersions(programs, catalogue),
      flagsOf(casts),
    );
    const findings = {
      environment: { ...facts, startedAt, tookMs: 0 },
      seed,
      leftOut: plan.leftOut.map(cellKey),
    };
    const measured = await measure(plan, locks, {
      options,
      context,
      casts,
      programs,
      hostOf: (runtime) => {
        const entry = peerHost(catalogue, runtime);
        return casts.find(({ name }) => name === entry?.adapter);
      },
      triesPeers,
      findings,
      startedMs,
    });
    const tookMs = Math.round(performance.now() - startedMs);
    const environment = { ...findings.environment, tookMs };
    const leftOut = plan.leftOut.filter((cell) => !measured.added.includes(cell)).map(cellKey);
    return makeReport(preset, { ...findings, environment, leftOut, ...measured });
  } finally {
    forgetCompiled();
    programs.close();
  }
}

interface Measuring {
  readonly options: BenchOptions;
  readonly context: BenchContext;
  readonly casts: readonly Cast[];
  readonly programs: PeerPrograms;
  readonly hostOf: PeerTools["hostOf"];
  readonly triesPeers: boolean;
  /** What is known of the run before it measures. */
  readonly findings: Pick<RunFindings, "environment" | "seed" | "leftOut">;
  readonly startedMs: number;
}

interface Measured extends CoordinatorResult {
  readonly conformance: readonly ConformanceRow[];
  readonly peers: readonly PeerRow[];
  readonly notMeasured: Report["notMeasured"];
}

/** First what may be measured, then the blocks. */
async function measure(
  plan: Plan,
  locks: readonly MeasuredLock[],
  measuring: Measuring,
): Promise<Measured> {
  const { options, context, casts, programs, hostOf, findings, startedMs } = measuring;
  const conformance: ConformanceRow[] = [];
  const peerRows: PeerRow[] = [];
  const planned = locks.filter(({ cast, lock }) =>
    plan.cells.some((cell) => cell.adapter === cast && cell.lock === lock),
  );
  try {
    const { conformanceContenders } = options.preset;
    conformance.push(
      ...(await checkLocks(planned, conformanceContenders, context.signal, context.say)),
    );
    if (measuring.triesPeers) {
      const tools = { hostOf, programs, signal: context.signal };
      await tryPeers(tools, (row) => {
        context.say(peerLine(row));
        peerRows.push(row);
      });
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
  const failed = (cell: Cell): boolean => hasFailed(cell, planned, conformance);
  // Before the first block: a compiler must not run between blocks.
  const missing = await missingPeers(plan.cells, programs);
  const cells = plan.cells.filter((cell) => !failed(cell) && !missing.has(cell));
  const refused = plan.cells.filter(failed).map((cell) => ({
    key: cellKey(cell),
    why: "its lock failed the conformance suite",
    failures: [],
  }));
  const absent = [...missing].map(([cell, why]) => ({ key: cellKey(cell), why, failures: [] }));
  const resultOf = ({ runs, partial, added }: CoordinatorResult): Measured => ({
    runs,
    partial,
    added,
    conformance,
    peers: peerRows,
    notMeasured: [...refused, ...absent, ...unmeasured(runs)],
  });
  const nothing = cells.map((cell) => ({ cell, blocks: [], failures: [] }));
  const header = { ...findings, ...resultOf({ runs: nothing, partial: true, added: [] }) };
  const journal = context.openJournal?.(makeReport(options.preset, header), startedMs);
  return resultOf(
    await runPlan({
      plan: { ...plan, cells, spares: plan.spares.filter(({ cell }) => !failed(cell)) },
      preset: withBudget(options),
      seed: findings.seed,
      casts,
      programs,
      peerHost: hostOf("node"),
      startedMs,
      signal: context.signal,
      onProgress: context.say,
      onBlock: (cell, outcome) => journal?.add(cell, outcome),
    }),
  );
}

function peerLine({ lock, runtime, passed, failed, failures, lacks }: PeerRow): string {
  return passed === null
    ? `Peer ${lock} (${runtime}): not tried, has no notion of: ${lacks}`
    : `Peer ${lock} (${runtime}): ${passed} passed, ${failed} failed${failures.length > 0 ? `, first: ${failures[0]}` : ""}`;
}

/** Peers whose program is not on this machine, and what to install. */
async function missingPeers(
  cells: readonly Cell[],
  programs: PeerPrograms,
): Promise<Map<Cell, string>> {
  const missing = new Map<Cell, string>();
  for (const cell of cells) {
    const program = cell.role === "peer" ? peerOf(cell).program : "bench";
    if (program === "bench") continue;
    const command = await programs.command(program);
    if ("missing" in command) missing.set(cell, command.missing);
  }
  return missing;
}
