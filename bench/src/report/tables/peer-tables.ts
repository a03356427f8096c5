import type { Report } from "../report.ts";
import type { Table } from "../table.ts";
import { byPlace, correctness, notesOf, throughput } from "./cell-columns.ts";

/** Other people's locks beside each other. */
export function peerTable(report: Report): Table {
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
export function peerFailureTable({ peers }: Report): Table {
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
