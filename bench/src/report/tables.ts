import { isCounterCell, type Cell, STEADY } from "../plan/cell.ts";
import { digits, duration, margin, rate, violationText } from "./format.ts";
import type { Report, ReportCell } from "./report.ts";
import type { Table } from "./table.ts";
import type { BlockResult } from "../run/block.ts";
import { runtimeTable } from "./by-runtime.ts";

/** All tables of a report in the order in which a reader asks. */
export function reportTables(report: Report): Table[] {
  const groups = Map.groupBy(
    report.cells.filter((cell) => cell.role !== "peer" && cell.scenario === STEADY),
    (cell) => `${cell.adapter} on ${cell.runtime}`,
  );
  const tables: Table[] = [runtimeTable(report.byRuntime)];
  for (const [name, cells] of groups) {
    const counters = cells.filter((cell) => isCounterCell(cell as Cell));
    tables.push(
      mainTable(`Adding 1 under the lock: ${name}`, counters),
      splitTable(name, counters),
      saleTable(
        name,
        cells.filter((cell) => !counters.includes(cell)),
      ),
      waitTable(name, cells),
    );
  }
  tables.push(
    peerTable(report),
    peerFailures(report),
    twinTable(report),
    clockTable(report),
    conformanceTable(report),
  );
  return tables.filter((table) => table.rows.length > 0);
}

const NOTES =
  "Notes: o = more contenders than cores, c2 = two blocks disturbed by others, c? = not known, f = blocks failed, t = twin.";
const MEANING =
  "lost, overlap, oversold: how often seen; beside a 0 the rate that it still allows (95 %).";

function mainTable(title: string, cells: readonly ReportCell[]): Table {
  return {
    title,
    head: [
      "lock",
      "x",
      "us",
      "ops/s",
      "+-",
      "time/op",
      "cpu/op",
      "oversold",
      "lost",
      "overlap",
      "notes",
    ],
    words: 1,
    rows: [...cells]
      .sort(byPlace)
      .map((cell) => [
        cell.mode === "counter-async" ? `${cell.lock} await` : cell.lock,
        String(cell.contenders),
        String(cell.section),
        ...throughput(cell),
        ...correctness(cell),
        notesOf(cell),
      ]),
    notes: [
      "x: contenders; us: length of the critical section; time/op: wall time over the operations of all.",
      MEANING,
      NOTES,
    ],
  };
}

function saleTable(name: string, cells: readonly ReportCell[]): Table {
  return {
    title: `Selling tickets: ${name}`,
    head: [
      "mode",
      "lock",
      "store",
      "x",
      "ops/s",
      "+-",
      "time/op",
      "oversold",
      "lost",
      "overlap",
      "notes",
    ],
    words: 3,
    rows: [...cells].sort(byPlace).map((cell) => {
      const [perSecond, interval, time] = throughput(cell);
      return [
        cell.mode,
        cell.lock === "none" ? "-" : cell.lock,
        cell.store,
        String(cell.contenders),
        perSecond!,
        interval!,
        time!,
        ...correctness(cell),
        notesOf(cell),
      ];
    }),
    notes: [
      "oversold comes from one sale per block that sells out; its journal is compared with what buyers were told.",
    ],
  };
}

function splitTable(name: string, cells: readonly ReportCell[]): Table {
  const rows = [...cells].sort(byPlace).flatMap((cell) => {
    const { split } = cell.statistics;
    if (split === null || cell.twin > 0) return [];
    return [
      [
        cell.lock,
        String(cell.contenders),
        String(cell.section),
        duration(split.unlockedNs),
        duration(split.oracleNs),
        duration(split.lockedNs),
        `${signed(split.serializationNs)} (x${digits(split.serializationRatio)})`,
        `${signed(split.lockTaxNs)} (x${digits(split.lockTaxRatio)})`,
      ],
    ];
  });
  return {
    title: `Where the cost comes from: ${name}`,
    head: ["lock", "x", "us", "unlocked", "oracle", "locked", "serialization", "the lock's tax"],
    words: 1,
    rows,
    notes: [
      "unlocked: nobody waits. oracle: one contender does everybody's work. Less than unlocked means fighting over a cache line.",
    ],
  };
}

function waitTable(name: string, cells: readonly ReportCell[]): Table {
  const rows = [...cells].sort(byPlace).flatMap((cell) => {
    const { waitNs, fairness } = cell.statistics;
    if (waitNs === null || cell.role === "control" || cell.twin > 0) return [];
    return [
      [
        isCounterCell(cell as Cell)
          ? cell.lock + (cell.mode === "counter-async" ? " await" : "")
          : `${cell.mode} ${cell.store}`,
        String(cell.contenders),
        String(cell.section),
        rate(waitNs.samples),
        duration(waitNs.p50),
        duration(waitNs.p90),
        duration(waitNs.p99),
        duration(waitNs.p999),
        duration(waitNs.max),
        fairness.jain.toFixed(3),
        fairness.jainWorst.toFixed(3),
        fairness.smallestToLargest.toFixed(2),
        fairness.smallestToLargestWorst.toFixed(2),
      ],
    ];
  });
  const step = Math.max(
    0,
    ...cells.flatMap((cell) => cell.blocks.map((block) => block.clockStepNs)),
  );
  return {
    title: `Waiting and fairness: ${name}`,
    head: [
      "lock or sale",
      "x",
      "us",
      "samples",
      "p50",
      "p90",
      "p99",
      "p99.9",
      "max",
      "Jain",
      "worst",
      "least/most",
      "worst",
    ],
    words: 1,
    rows,
    notes: [
      `Waits for the lock, or whole purchases; the clock's step of up to ${digits(step)} ns is part of them.`,
      "A percentile stands only where 10 samples or more lie beyond it.",
      "Jain (1: an equal share for all) and least/most: median over the windows, and the worst window.",
    ],
  };
}

function peerTable(report: Report): Table {
  const peers = report.cells.filter((cell) => cell.role === "peer");
  return {
    title: "Other people's locks on the same work",
    head: [
      "lock",
      "runtime",
      "x",
      "ops/s",
      "+-",
      "time/op",
      "cpu/op",
      "oversold",
      "lost",
      "overlap",
      "notes",
    ],
    words: 2,
    rows: [
      ...[...peers]
        .sort(byPlace)
        .map((cell) => [
          cell.lock,
          cell.runtime,
          String(cell.contenders),
          ...throughput(cell),
          ...correctness(cell),
          notesOf(cell),
        ]),
    ],
    notes: [
      "Contenders are threads (pthread mutex, threading), tasks of one thread (async-mutex, navigator.locks) or processes (the others).",
      "cluster round trip is no lock: a message to the primary and back, which no lock kept there can undercut.",
    ],
  };
}

/** A row for each case that a peer fails, or one that says that it fails none. */
function peerFailures({ peers }: Report): Table {
  return {
    title: "Where other people's locks fail the conformance suite (quick part)",
    head: ["lock", "runtime", "passed", "failed", "what fails"],
    words: 5,
    rows: peers.flatMap(({ lock, runtime, passed, failed, failures }) => {
      if (passed === null || failed === null) return [[lock, runtime, "-", "-", "not tried"]];
      const counts = [lock, runtime, String(passed), String(failed)];
      if (failures.length === 0) return [[...counts, "nothing"]];
      return failures.map((failure, i) => [...(i === 0 ? counts : ["", "", "", ""]), failure]);
    }),
    notes: [
      "JavaScript's locks are tried as locks of ours with nothing added; C and Python by a program that kills a holder.",
      ...[...Map.groupBy(peers, ({ lacks }) => lacks)].map(
        ([lacks, rows]) =>
          `${[...new Set(rows.map(({ lock }) => lock))].join(", ")}: ${lacks.startsWith("not tried") ? lacks : `no notion of ${lacks}`}.`,
      ),
    ],
  };
}

function twinTable(report: Report): Table {
  const rows = report.cells
    .filter((cell) => cell.twin > 0)
    .flatMap((second) => {
      const first = report.cells.find(
        (cell) => cell.twin === 0 && cell.key === second.key.replace(/\/twin$/, ""),
      );
      if (first === undefined) return [];
      const a = first.statistics.nsPerOperation;
      const b = second.statistics.nsPerOperation;
      return [
        [first.key, duration(a.value), duration(b.value), `x${(b.value / a.value).toFixed(3)}`],
      ];
    });
  return {
    title: "Noise floor: the same cell measured twice",
    head: ["cell", "first", "second", "ratio"],
    words: 1,
    rows,
    notes: ["A difference between two locks that is no larger than this is no difference."],
  };
}

/** What a time can be trusted to, by who measured it. */
function clockTable({ cells }: Report): Table {
  const own = cells.filter((cell) => cell.role !== "peer");
  const most = (some: readonly ReportCell[], of: (block: BlockResult) => number): number =>
    Math.max(...some.flatMap((cell) => cell.blocks.map(of)));
  return {
    title: "Clocks",
    head: ["adapter", "runtime", "step", "between contenders"],
    words: 2,
    rows: [...Map.groupBy(own, ({ adapter }) => adapter)].map(([adapter, some]) => [
      adapter,
      some[0]!.runtime,
      duration(most(some, (block) => block.clockStepNs)),
      duration(most(some, (block) => block.clockErrorNs)),
    ]),
    notes: [
      "step: the smallest step seen of the owner's clock. between contenders: what the clocks of two of them may differ by, 0 where they are one clock; the largest of all blocks. Rates are taken from each contender's own clock and do not depend on it.",
    ],
  };
}

function conformanceTable(report: Report): Table {
  return {
    title: "Conformance before measuring (quick part)",
    head: ["adapter", "lock", "passed", "failed", "first failure"],
    words: 2,
    rows: report.conformance.map(({ adapter, lock, passed, failed, failures }) => [
      adapter,
      lock,
      String(passed),
      String(failed),
      (failures[0] ?? "").slice(0, 40),
    ]),
    notes: ["A lock that fails is not measured."],
  };
}

function throughput({ statistics }: ReportCell): string[] {
  const { throughputPerS, nsPerOperation, cpuSecondsPerOperation } = statistics;
  return [
    rate(throughputPerS.value),
    margin(throughputPerS),
    duration(nsPerOperation.value),
    cpuSecondsPerOperation === null ? "-" : duration(cpuSecondsPerOperation * 1e9),
  ];
}

function correctness({ checks }: ReportCell): string[] {
  return [
    violationText(checks.oversold),
    violationText(checks.lostUpdates),
    violationText(checks.overlaps),
  ];
}

function notesOf(cell: ReportCell): string {
  const { contaminatedBlocks, othersKnown } = cell.statistics;
  return [
    cell.oversubscribed ? "o" : "",
    othersKnown ? "" : "c?",
    contaminatedBlocks > 0 ? `c${contaminatedBlocks}` : "",
    cell.failures.length > 0 ? `f${cell.failures.length}` : "",
    cell.twin > 0 ? "t" : "",
  ]
    .filter((note) => note !== "")
    .join(" ");
}

function signed(ns: number): string {
  return ns < 0 ? duration(ns) : `+${duration(ns)}`;
}

/** Section, then contenders, then locks before their controls. */
function byPlace(a: ReportCell, b: ReportCell): number {
  const roles = ["lock", "sale", "control", "peer"];
  return (
    a.section - b.section ||
    Number(a.mode === "counter-async") - Number(b.mode === "counter-async") ||
    a.contenders - b.contenders ||
    roles.indexOf(a.role) - roles.indexOf(b.role) ||
    a.key.localeCompare(b.key)
  );
}
