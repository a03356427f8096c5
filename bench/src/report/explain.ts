import { isPacedByLock } from "../compare/is-paced-by-lock.ts";
import type { JudgedRatio } from "../compare/judge-pairs.ts";
import { STEADY } from "../plan/cell.ts";
import { type Scenario, scenarios } from "../plan/scenarios.ts";
import { CONFIDENCE, mean, standardDeviation, studentT } from "../statistics/interval.ts";
import { clockStepNs } from "./clock-step.ts";
import { conditionSentences } from "./conditions.ts";
import { decodeHistograms } from "../statistics/percentiles.ts";
import { tokensOf } from "./correctness.ts";
import { cpuEstimate, jainRangeText, percentileRangeText } from "./block-ranges.ts";
import { costSteps, whyUnlockedIsSlower } from "./cost-steps.ts";
import { count, duration, margin, plural, rate } from "./format.ts";
import { handOffSentences } from "./hand-offs.ts";
import { ratioWords } from "./ratio-words.ts";
import type { LoadStatistics, Report, ReportCell } from "./report.ts";
import { noiseSentence, runNoise } from "./run-noise.ts";
import type { Table } from "./table.ts";
import { renderTable, wrap } from "./terminal.ts";

export { findCell } from "./find-cell.ts";

/**
 * Everything that stands behind one cell's numbers, in lines of at most 100 columns: what was done, each block,
 * how the interval comes about, what changes without disturbed blocks, where the cost comes from, waits,
 * fairness, checks with the rates that their zeros still allow, the run's noise, and what the cell cannot tell.
 */
export function explainCell(report: Report, cell: ReportCell): string[] {
  return [
    cell.key,
    "",
    ...paragraph(whatWasDone(report, cell)),
    ...paragraph(whatCameOut(report, cell)),
    ...tableLines(blockTable(cell)),
    ...paragraph(disturbance(cell)),
    ...paragraph(whereFrom(report, cell)),
    ...paragraph(waits(report, cell)),
    ...paragraph(fairness(cell)),
    ...paragraph(loads(report, cell)),
    ...tableLines(checkTable(cell)),
    ...paragraph(noise(report)),
    ...paragraph(conditionSentences(report, cell)),
    ...paragraph(limits(report, cell)),
  ];
}

function whatWasDone({ environment }: Report, cell: ReportCell): string[] {
  const { runtime, adapter, lock, store, mode, contenders, section, scenario, role } = cell;
  const title = scenarioNamed(cell)?.title ?? scenario;
  const roles: Readonly<Record<ReportCell["role"], string>> = {
    lock: "It is a candidate",
    sale: "It is a way of selling tickets",
    control: "It is a control: it bounds what the locks' numbers can mean",
    peer: "It is somebody else's lock on the same work",
  };
  return [
    `${role === "sale" ? `Selling tickets (${mode}) from ${store}` : `Adding 1 to a counter in ${store}`} under ${lock}, ${plural(contenders, "contender")} of ${adapter} on ${runtime}${mode === "counter-async" ? ", every acquisition awaited" : ""}, sections of ${section} us; ${scenario === STEADY ? "each contender comes again at once" : title}.`,
    `${roles[role]}${cell.gate ? ", and one of the gates that compare decides by" : ""}.`,
    ...(cell.twin > 0 ? ["It is the second of two twins: the same cell measured again."] : []),
    ...(cell.oversubscribed
      ? [
          `Oversubscribed: ${contenders} contenders on ${environment.cores} cores measure the scheduler as much as the lock.`,
        ]
      : []),
  ];
}

function whatCameOut({ windowMs, partial }: Report, cell: ReportCell): string[] {
  const { statistics, blocks } = cell;
  const { nsPerOperation: time, throughputPerS, cpuSecondsPerOperation } = statistics;
  const windows = blocks[0]!.windows.length;
  const lengthMs = Math.max(windowMs, scenarioNamed(cell)?.leastWindowMs ?? 0);
  return [
    `${duration(time.value)} per operation of all contenders together, which is ${rate(throughputPerS.value)} operations per second${
      cpuSecondsPerOperation === null
        ? ""
        : `; each burned ${duration(cpuSecondsPerOperation * 1e9)} of CPU time${cpuIntervalText(blocks)}`
    }.`,
    `It is the geometric mean of ${plural(blocks.length, "block")}, each a fresh process with ${plural(windows, "window")} of ${lengthMs} ms${partial ? "; the run ended early, so there may be fewer blocks than planned" : ""}.`,
    intervalSentence({ statistics, blocks }),
    ...(isPacedByLock(cell)
      ? []
      : ["That is the pace of the scenario, not the lock's, whose speed cannot be told by it."]),
  ];
}

function cpuIntervalText(blocks: ReportCell["blocks"]): string {
  const estimate = cpuEstimate(blocks);
  if (estimate === null || estimate.low === null || estimate.high === null) return "";
  return ` (${duration(estimate.low * 1e9)} to ${duration(estimate.high * 1e9)} with ${CONFIDENCE * 100} % confidence)`;
}

function scenarioNamed({ scenario }: ReportCell): Scenario | undefined {
  return scenarios.find(({ name }) => name === scenario);
}

function intervalSentence({
  statistics: { nsPerOperation: time },
  blocks,
}: Pick<ReportCell, "statistics" | "blocks">): string {
  if (time.low === null || time.high === null)
    return "One block gives no interval: how another process would have come out is not known.";
  const scatter = standardDeviation(blocks.map(({ meanNs }) => Math.log(meanNs)));
  const quantile = studentT(blocks.length - 1);
  return `The ${CONFIDENCE * 100} % interval goes from ${duration(time.low)} to ${duration(time.high)} (+-${margin(time)}): the logarithms of the block means scatter by ${(scatter * 100).toFixed(1)} %, over the root of ${blocks.length} blocks, times ${quantile.toFixed(2)} (Student's t with ${blocks.length - 1} degrees of freedom).`;
}

function blockTable({ blocks }: ReportCell): Table {
  return {
    title: "Blocks",
    head: ["block", "time/op", "fastest", "slowest", "warm-ups", "others", "steal", "disturbed"],
    words: 1,
    rows: blocks.map((block, i) => {
      const windows = block.windows.map((window) => window.nsPerOperation);
      const others = known(block.windows.map(({ noise }) => noise.othersCores));
      const steal = known(block.windows.map(({ noise }) => noise.steal));
      return [
        String(i + 1),
        duration(block.meanNs),
        duration(Math.min(...windows)),
        duration(Math.max(...windows)),
        String(Math.max(0, ...block.warmUps)),
        others === null ? "?" : `${(others * 100).toFixed(1)}%`,
        steal === null ? "?" : `${(steal * 100).toFixed(1)}%`,
        block.contaminated ? "yes" : others === null ? "?" : "no",
      ];
    }),
    notes: [
      "fastest, slowest: windows. others: of a core, used by others; steal: of the machine, taken by the hypervisor.",
    ],
  };
}

/** Mean of what is known. */
function known(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0) return null;
  return mean(numbers);
}

function disturbance({ statistics, blocks, failures }: ReportCell): string[] {
  const {
    contaminatedBlocks,
    nsPerOperationClean: clean,
    nsPerOperation,
    othersKnown,
  } = statistics;
  const failed =
    failures.length === 0
      ? []
      : [`${plural(failures.length, "block")} failed: ${failures[0]!.split("\n")[0]!}`];
  if (contaminatedBlocks === 0)
    return [
      othersKnown
        ? "No block was disturbed by others."
        : "Whether others disturbed a block is not known: no counter of the whole machine can be read here.",
      ...failed,
    ];
  return [
    clean === null
      ? `All ${blocks.length} blocks were disturbed by others, so there is no estimate without.`
      : `Without the ${plural(contaminatedBlocks, "block")} that others disturbed it is ${duration(clean.value)} (+-${margin(clean)}) instead of ${duration(nsPerOperation.value)}.`,
    ...failed,
  ];
}

function whereFrom({ cells }: Report, cell: ReportCell): string[] {
  const { split } = cell.statistics;
  const steps = costSteps([cell], cells, runNoise(cells)).get(cell.key);
  if (split === null || steps === undefined) return [];
  const { unlockedNs, oracleNs, lockedNs, serializationNs, lockTaxNs } = split;
  const why = whyUnlockedIsSlower(steps);
  const verb = (ns: number): string => (ns < 0 ? "saves" : "costs");
  const isAlone = unlockedNs === oracleNs;
  const amount = (ns: number, step: JudgedRatio): string =>
    `${duration(Math.abs(ns))}, ${ratioWords(step.ratio)}${step.isApart ? "" : ", a tie: it cannot be told from nothing"}`;
  return [
    `Where the cost comes from: ${duration(unlockedNs)} unlocked, ${duration(oracleNs)} if one contender does everybody's work, ${duration(lockedNs)} locked.`,
    isAlone
      ? "One contender has nobody to wait for."
      : `Doing it one after the other ${verb(serializationNs)} ${amount(serializationNs, steps.serialization)}${why === undefined ? "" : `; ${why}`}.`,
    `Beside that the lock ${verb(lockTaxNs)} ${amount(lockTaxNs, steps.lockTax)}.`,
  ];
}

/** Of cells whose waits were sampled; a scenario's are told with the rest of it. */
function waits({ cells }: Report, cell: ReportCell): string[] {
  const {
    statistics: { waitNs, load },
    blocks,
    role,
  } = cell;
  if (waitNs === null || load !== null) return [];
  const every = [...new Set(blocks.flatMap(({ check }) => check?.sampleEvery ?? []))];
  const histograms = decodeHistograms(blocks.flatMap(({ check }) => check?.histogram ?? []));
  const each = (
    [
      ["half", 50, waitNs.p50],
      ["90 %", 90, waitNs.p90],
      ["99 %", 99, waitNs.p99],
      ["99.9 %", 99.9, waitNs.p999],
    ] as const
  ).flatMap(([share, percent, ns]) =>
    ns === null
      ? []
      : [`${share} within ${duration(ns)}${percentileRangeText(histograms, percent)}`],
  );
  return [
    `${role === "sale" ? "Purchases" : "Waits"}: ${[...each, `the longest ${duration(waitNs.max)}`].join(", ")}; of ${count(waitNs.samples)} samples in check windows, ${every.length === 0 ? "" : `one in ${Math.min(...every)}${every.length === 1 ? "" : ` to ${Math.max(...every)}`}, `}whose speed is in no other number. The clock's step is ${duration(clockStepNs(cells, cell))}.`,
  ];
}

/** Not where contenders could not come as often as they liked: then their shares are not the lock's doing. */
function fairness(cell: ReportCell): string[] {
  const { statistics, contenders, blocks } = cell;
  const { fairness: even } = statistics;
  if (contenders === 1 || !isPacedByLock(cell)) return [];
  return [
    `Fairness: Jain's index ${even.jain.toFixed(3)} in the median window${jainRangeText(blocks)} and ${even.jainWorst.toFixed(3)} in the worst, where 1 is an equal share for all and ${(1 / contenders).toFixed(2)} everything for one. Who got least got ${(even.smallestToLargest * 100).toFixed(0)} % of who got most, ${(even.smallestToLargestWorst * 100).toFixed(0)} % in the worst window.`,
  ];
}

function loads({ cells }: Report, cell: ReportCell): string[] {
  const {
    statistics: { load },
    blocks,
    scenario,
  } = cell;
  if (load === null) return [];
  const tail = (
    { p50, p99, max }: typeof load.waitNs,
    of: "waits" | "latencies" | "loopDelays",
  ): string => {
    const histograms = decodeHistograms(blocks.flatMap((block) => block.load?.[of] ?? []));
    return [
      ...(p50 === null ? [] : [`half ${duration(p50)}${percentileRangeText(histograms, 50)}`]),
      ...(p99 === null ? [] : [`99 % ${duration(p99)}${percentileRangeText(histograms, 99)}`]),
      `at most ${duration(max)}`,
    ].join(", ");
  };
  return [
    `In the scenario ${scenario} every operation of these windows was timed, by a clock with a step of ${duration(clockStepNs(cells, cell))}. From asking to the grant: ${tail(load.waitNs, "waits")}.`,
    ...(load.latencyNs === null
      ? []
      : [
          `From the time at which it was meant to begin to its end: ${tail(load.latencyNs, "latencies")}.`,
        ]),
    ...(load.jainHeld === null
      ? []
      : [
          `Jain's index over the times inside is ${load.jainHeld.toFixed(3)} in the median window.`,
        ]),
    ...passedBySentences(load),
    ...(load.loopDelayNs === null
      ? []
      : [`Timers of waiting contenders came late by: ${tail(load.loopDelayNs, "loopDelays")}.`]),
    ...handOffSentences(cell),
    ...recoverySentences(load),
  ];
}

function passedBySentences({ passedBy }: LoadStatistics): string[] {
  if (passedBy === null) return [];
  const { p50, p99, max } = passedBy;
  const each = [
    ...(p50 === null ? [] : [`half at most ${p50}`]),
    ...(p99 === null ? [] : [`99 % at most ${p99}`]),
    `the most ${max ?? 0}`,
  ];
  return [`Grants to others during one wait: ${each.join(", ")}.`];
}

function recoverySentences({ recovery }: LoadStatistics): string[] {
  if (recovery === null) return [];
  const { deaths, recovered, medianNs, longestNs } = recovery;
  return [
    `${recovered} of ${plural(deaths, "holder")} that were ended ${recovered === 1 ? "was" : "were"} followed by a grant${
      medianNs === null
        ? "."
        : `: from the end to the next grant half took at most ${duration(medianNs)}, the longest ${duration(longestNs)}.`
    }`,
  ];
}

function checkTable(cell: ReportCell): Table {
  const { checks } = cell;
  const rows = [
    ["tickets oversold", checks.oversold],
    ["updates lost", checks.lostUpdates],
    ["overlapping sections", checks.overlaps],
    ["faults of the journal", checks.journalFaults],
    ["tokens out of order", tokensOf(cell)],
  ] as const;
  return {
    title: "Checks",
    head: ["what", "seen", "looked at", "may still be"],
    words: 1,
    rows: rows.map(([what, { seen, trials, bound }]) => [
      what,
      seen === null ? "n/a" : String(seen),
      seen === null ? "-" : count(trials),
      bound === null ? "-" : `< ${bound.toExponential(0)}`,
    ]),
    notes: [
      "may still be: none seen in n allows a rate of 3/n with 95 % confidence. n/a: cannot be looked for here.",
    ],
  };
}

function noise({ cells }: Report): string[] {
  const noise = runNoise(cells);
  const { twins, band } = noise;
  return [
    `Noise of this run: ${twins.length === 0 ? "" : `twins came out at ${twins.map(({ ratio }) => `x${ratio.value.toFixed(3)}`).join(", ")}. `}${noiseSentence(noise)}`,
    `Two cells are told apart where they differ by more, and the interval of their ratio lies wholly beyond x${(1 / band).toFixed(3)} to x${band.toFixed(3)}.`,
  ];
}

function limits({ environment, cells }: Report, cell: ReportCell): string[] {
  const step = clockStepNs(cells, cell);
  return [
    `What it cannot tell: how it is on another machine than this one (${environment.cpuModel}, ${environment.cores} cores)`,
    "or with sections unlike busy arithmetic;",
    `faults rarer than the rates above; waits below the clock's step of ${duration(step)};`,
    ...(cell.oversubscribed
      ? [
          `long waits in general: ${plural(cell.blocks.length, "process", "processes")} saw as many schedules;`,
        ]
      : []),
    "why it differs from another cell.",
  ];
}

/** Sentences in one piece, then an empty line; nothing of nothing. */
function paragraph(sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : [...wrap(sentences.join(" ")), ""];
}

function tableLines(table: Table): string[] {
  return [
    table.title,
    ...renderTable(table).split("\n"),
    ...table.notes.flatMap((note) => wrap(note)),
    "",
  ];
}
