import { digits, plural } from "../report/format.ts";
import type { Report } from "../report/report.ts";
import type { Table } from "../report/table.ts";
import { renderTable, wrap } from "../report/terminal.ts";
import { median } from "../statistics/interval.ts";
import { alsoDifferent } from "./also-different.ts";
import type { Comparison, GateResult } from "./compare-reports.ts";
import { failureSentences, hasControl, uncaughtControls } from "./violations.ts";

/** So many exploratory cells are shown; the others are counted. */
const MOST_EXPLORATORY = 10;

/**
 * A comparison in plain lines of at most 100 columns: the verdict first, then what was compared, then each
 * gate with its ratio, interval and decision, then what was only looked at.
 *
 * @param options - `stored`: the reports are of earlier runs (default), so that nothing can be measured again
 */
export function comparisonLines(
  a: Report,
  b: Report,
  comparison: Comparison,
  { stored = true }: { readonly stored?: boolean } = {},
): string[] {
  const { differences, gates, exploratory, violations } = comparison;
  const sentences = [
    verdictSentence(comparison),
    ...violations.map((violation) => `${violation}.`),
    ...differences,
    ...controlSentences(a, b),
    ...failureSentences(a, b),
    runSentence("A", a),
    runSentence("B", b),
    ...partialSentences(a, b),
    ...alsoDifferentSentences(a, b, comparison),
  ];
  return [
    ...sentences.flatMap((sentence) => wrap(sentence)),
    ...(gates.length === 0 ? [] : tableLines(gateTable(comparison))),
    ...gates.flatMap(disagreement).flatMap((sentence) => wrap(sentence)),
    ...notesOnGates(comparison, stored).flatMap((sentence) => wrap(sentence)),
    ...(exploratory.length === 0 ? [] : exploratoryLines(exploratory)),
  ];
}

function verdictSentence(comparison: Comparison): string {
  const { verdict, gates, differences } = comparison;
  const counted = countsOf(gates);
  switch (verdict) {
    case "wrong":
      return "WRONG: B did what no lock may do, so its speed decides nothing:";
    case "incomparable":
      return "Cannot compare B with A: what was measured is not the same.";
    case "unproven":
      return `Not passed: nothing shows that B is right, whatever its speed: ${counted}.`;
    case "slower":
      return `Slower: ${counted}.`;
    case "passed":
      return differences.length > 0
        ? "No verdict: the machines or their settings differ, so these ratios say nothing about what changed."
        : `Passed, no gate is slower: ${counted}.`;
  }
}

/** `12 gates: 1 slower, 9 ties, 2 inconclusive`. */
function countsOf(gates: readonly GateResult[]): string {
  const count = (decision: GateResult["decision"]): number =>
    gates.filter((gate) => gate.decision === decision).length;
  const parts = [
    [count("slower"), "slower"],
    [count("faster"), "faster"],
    [count("equivalent"), count("equivalent") === 1 ? "tie" : "ties"],
    [count("inconclusive"), "inconclusive"],
  ] as const;
  return `${plural(gates.length, "gate")}: ${parts
    .filter(([seen]) => seen > 0)
    .map(([seen, word]) => `${seen} ${word}`)
    .join(", ")}`;
}

function runSentence(name: string, { environment: e, preset, seed }: Report): string {
  const commit = `${e.commit?.slice(0, 12) ?? "an unknown commit"}${e.dirty === true ? " with changes" : ""}`;
  return `${name}: ${commit}, measured ${e.startedAt.slice(0, 16).replace("T", " ")} UTC, preset ${preset}, seed ${seed}.`;
}

/** Whether either report's zeros mean anything. */
function controlSentences(a: Report, b: Report): string[] {
  return [a, b].flatMap((report, i) => {
    const name = "AB"[i]!;
    const uncaught = uncaughtControls(report);
    if (uncaught.length > 0)
      return [
        `The control lock that lets two in at times was not caught in ${name} (${uncaught.join(", ")}): the zeros of ${name} prove nothing.`,
      ];
    return hasControl(report)
      ? []
      : [
          `${name} has no control lock that lets two in at times, so nothing shows that its counters would have noticed.`,
        ];
  });
}

function partialSentences(a: Report, b: Report): string[] {
  return [a, b].flatMap((report, i) =>
    report.partial
      ? [`${"AB"[i]!} is partial: its run ended early, and its intervals rest on fewer blocks.`]
      : [],
  );
}

/** Where ratios are told, whose change of speed may have other causes than the commit. */
function alsoDifferentSentences(a: Report, b: Report, { gates }: Comparison): string[] {
  const also = gates.length === 0 ? [] : alsoDifferent(a, b);
  return also.length === 0
    ? []
    : [`Also different, so that a change need not be the doing of B's commit: ${also.join(", ")}.`];
}

function gateTable({ gates, differences }: Comparison): Table {
  const decided = differences.length === 0;
  return {
    title: "Gates: the time per operation of B over that of A",
    head: ["gate", "ratio", "interval", ...(decided ? ["decision", "finds"] : [])],
    words: 1,
    rows: gates.map((gate) => [
      gate.key,
      ratioText(gate.ratio.value),
      intervalText(gate),
      ...(decided ? [decisionText(gate), findsText(gate.finds)] : []),
    ]),
    notes: [],
  };
}

function ratioText(ratio: number): string {
  return `x${ratio < 9.9995 ? ratio.toFixed(3) : digits(ratio)}`;
}

function intervalText({ ratio: { low, high } }: GateResult): string {
  return low === null || high === null ? "-" : `${ratioText(low)} to ${ratioText(high)}`;
}

/** Rounded up, so that it would have been found indeed. */
function findsText(finds: number | null): string {
  return finds === null ? "nothing" : `x${(Math.ceil(finds * 100) / 100).toFixed(2)}`;
}

/** A tie is what is sure to be no larger than the margin; inconclusive is not known to be anything. */
function decisionText({ decision, marginRatio }: GateResult): string {
  return decision === "equivalent"
    ? `tie within ${((marginRatio - 1) * 100).toFixed(0)} %`
    : decision;
}

/** What all blocks and the undisturbed ones say where they do not say the same. */
function disagreement({ key, allBlocks, cleanBlocks }: GateResult): string[] {
  if (cleanBlocks === allBlocks || allBlocks === "inconclusive") return [];
  return [
    cleanBlocks === null
      ? `${key}: ${allBlocks} with all blocks, but fewer than 3 were undisturbed: inconclusive.`
      : `${key}: ${allBlocks} with all blocks, ${cleanBlocks} without the disturbed ones: inconclusive.`,
  ];
}

function notesOnGates(
  { gates, band, spread, verdict, differences }: Comparison,
  stored: boolean,
): string[] {
  if (gates.length === 0) return [];
  const range = `x${(1 / band).toFixed(3)} to x${band.toFixed(3)}`;
  if (differences.length > 0)
    return [`On one machine, an interval that reaches into ${range} would decide nothing.`];
  return [
    `Faster, slower: the interval lies wholly beyond the band, ${range}. Tie: wholly inside the margin. Inconclusive is no tie: the interval has room for both.`,
    `The band is what is added to each interval so that twins, the same cell measured twice, do not come out different${spread > 1 ? `; they came out up to x${spread.toFixed(3)} apart` : ""}.`,
    findsSentence(gates),
    ...levelSentences(stored),
    ...(stored && verdict === "slower"
      ? [
          "These reports were stored, so what is slower was not measured again: compare --worktree measures both commits in one run, and again what is slower there.",
        ]
      : []),
  ];
}

/** What "not slower" is worth. */
function findsSentence(gates: readonly GateResult[]): string {
  const found = gates.flatMap(({ finds }) => finds ?? []);
  const range =
    found.length === 0
      ? "at no gate, too few blocks being undisturbed"
      : `from ${findsText(Math.min(...found))} on at the steadiest gate, ${findsText(median(found))} at the median one${found.length < gates.length ? `, at ${gates.length - found.length} not at all` : ""}`;
  return `Finds: the least ratio that intervals as wide as these could have shown to be slower; what is truly so much slower is found every other time. These two reports could have found a slow-down ${range}.`;
}

/** What all blocks of a run share no interval inside it can show; compare-simulation.test.ts has the shares. */
function levelSentences(stored: boolean): string[] {
  const level =
    "The intervals are at levels by which chance shows any gate faster or slower in 5 comparisons of 100 at most (Holm)";
  return stored
    ? [
        `${level}, if whole runs of one commit differ by about 1 % or less on this machine. If they differ by 2 %, it is up to 20 of 100 with standard, and more where a machine spends whole runs at different speeds. The reports cannot tell which: compare two runs of one commit, or both commits in one run by compare --worktree.`,
      ]
    : [`${level}: A and B were measured in one run, so they share what differs from run to run.`];
}

function exploratoryLines(results: readonly GateResult[]): string[] {
  const beyond = results
    .filter(({ decision }) => decision === "slower" || decision === "faster")
    .sort((a, b) => Math.abs(Math.log(b.ratio.value)) - Math.abs(Math.log(a.ratio.value)));
  const shown = beyond.slice(0, MOST_EXPLORATORY);
  const one = results.length === 1;
  const summary = `Exploratory: ${results.length} other ${one ? "cell" : "cells"} decided nothing. ${
    beyond.length === 0
      ? one
        ? "It is not beyond the band."
        : "None is beyond the band."
      : `${beyond.length} beyond the band, each by its own 95 % interval, of which one in 20 misses by chance${
          beyond.length > shown.length ? `; the largest ${shown.length}:` : ":"
        }`
  }`;
  if (shown.length === 0) return ["", ...wrap(summary)];
  return [
    "",
    ...wrap(summary),
    renderTable({
      title: "Exploratory",
      head: ["cell", "ratio", "interval", "looks"],
      words: 1,
      rows: shown.map((result) => [
        result.key,
        ratioText(result.ratio.value),
        intervalText(result),
        result.decision,
      ]),
      notes: [],
    }),
  ].flatMap((text) => text.split("\n"));
}

function tableLines(table: Table): string[] {
  return ["", table.title, ...renderTable(table).split("\n"), ""];
}
