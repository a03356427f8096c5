/**
 * `pnpm proofs`: explores every lock of the workspace in every configuration that its package lists in
 * `test/proofs.ts`, and writes `docs/proofs.md` and, as times differ from run to run,
 * `docs/proof-times.md`. Takes some time and some gigabytes; fails if anything is refuted.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { markdownTable } from "./markdown-table.ts";
import { findProofs } from "./proofs/find-proofs.ts";
import { keyOf, PAGE_PATH, renderPage } from "./proofs/proof-page.ts";
import { sourcesHash } from "./proofs/proof-sources.ts";
import { nameOf, proofRow, type ProofRow } from "./proofs/proof-row.ts";
import { repositoryRoot } from "./workspace.ts";

const sources = sourcesHash(repositoryRoot); // before: they may be edited while this runs
const rows: ProofRow[] = [];
const times: string[][] = [];
for (const proof of await findProofs(repositoryRoot)) {
  const startMs = performance.now();
  const row = proofRow(proof);
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  rows.push(row);
  const { lock, configuration, deaths, wakeOrder, timeOuts, states } = row;
  times.push([lock, configuration, deaths, wakeOrder, timeOuts, states, seconds]);
  console.log(`${keyOf(nameOf(proof))}: ${row.verdict}, ${row.states} states, ${seconds} s`);
}
writeFileSync(join(repositoryRoot, PAGE_PATH), renderPage(rows, sources));
writeFileSync(join(repositoryRoot, "docs/proof-times.md"), renderTimes());
if (rows.some(({ verdict }) => verdict.startsWith("VIOLATION"))) process.exitCode = 1;

function renderTimes(): string {
  const head = [
    "Lock",
    "Contenders x rounds",
    "Deaths",
    "Wake order",
    "Time-outs",
    "States",
    "Seconds",
  ];
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`;
  const text =
    "How long each row of [the proofs](proofs.md) took when they were last written by `pnpm proofs`,";
  return `# Times of the proofs\n\n${text} on ${machine}.\n\n${markdownTable(head, times)}\n`;
}
