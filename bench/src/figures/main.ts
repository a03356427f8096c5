#!/usr/bin/env node
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { describeError } from "../cli/describe-error.ts";
import { EXIT } from "../cli/exit.ts";
import { exitOnCrash } from "../cli/exit-on-crash.ts";
import { interruptible } from "../cli/interruptible.ts";
import { parse } from "../cli/parse.ts";
import { usageError } from "../cli/usage-error.ts";
import { describeEnvironment } from "../environment/environment.ts";
import { PeerPrograms } from "../peers/peer-programs.ts";
import { runtimeVersions } from "../run/coordinator.ts";
import { chooseAdapters, flagsOf, readCatalogue } from "../run/prepare.ts";
import type { Figure, FigureRow } from "./figure.ts";
import { figures } from "./list.ts";
import { measureFigure } from "./measure-figure.ts";
import { figureLines, figuresMarkdown, type FiguresReport } from "./render.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

interface FigureOptions {
  readonly chosen: readonly Figure[];
  readonly out: string | undefined;
  readonly list: boolean;
}

exitOnCrash();
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options === undefined) return EXIT.ok;
    if (options.list) return listFigures();
    return await interruptible(
      () => {},
      async (signal) => {
        const rows = await measureAll(options, argv, signal);
        return rows.every((row) => row.pass) ? EXIT.ok : EXIT.failed;
      },
    );
  } catch (error) {
    const { line, usage } = describeError(error);
    process.stderr.write(`${line}\n`);
    return usage ? EXIT.usage : EXIT.error;
  }
}

function readOptions(argv: readonly string[]): FigureOptions | undefined {
  const command = new Command("figures")
    .description("Measures every figure that the project claims; exit code 1 on a miss.")
    .argument(
      "[names...]",
      "figures to measure (default: all that need neither network nor long waiting)",
    )
    .option("--all", "those that are slow or need the network too")
    .option("--list", "names and claims only")
    .option(
      "--out <dir>",
      "folder for the results (default: bench/results, when all are measured)",
    );
  // A list of names is not an excess of arguments.
  return parse(command, argv, () => {
    const names = command.args;
    const given = command.opts<{ all?: boolean; list?: boolean; out?: string }>();
    const unknown = names.find((name) => !figures.some((figure) => figure.name === name));
    if (unknown !== undefined) {
      throw usageError(
        `Cannot measure ${unknown}. Allowed: ${figures.map((figure) => figure.name).join(", ")}.`,
      );
    }
    const chosen =
      names.length > 0
        ? figures.filter((figure) => names.includes(figure.name))
        : figures.filter((figure) => given.all === true || !figure.onlyWhenNamed);
    return {
      chosen,
      out: given.out ?? (names.length > 0 ? undefined : join(ROOT, "bench", "results")),
      list: given.list ?? false,
    };
  });
}

function listFigures(): number {
  for (const { name, claim, onlyWhenNamed } of figures) {
    process.stdout.write(`${name}${onlyWhenNamed ? " (only when named)" : ""}: ${claim}\n`);
  }
  return EXIT.ok;
}

async function measureAll(
  { chosen, out }: FigureOptions,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<readonly FigureRow[]> {
  const started = new Date();
  const programs = new PeerPrograms();
  const rows: FigureRow[] = [];
  try {
    const casts = chooseAdapters(ROOT, undefined);
    const catalogue = await readCatalogue(casts, signal);
    for (const figure of chosen) {
      const row = await measureFigure(figure, { root: ROOT, casts, catalogue, programs, signal });
      rows.push(row);
      process.stdout.write(`${figureLines(row).join("\n")}\n`);
    }
    if (out !== undefined) {
      const environment = describeEnvironment(
        ROOT,
        argv,
        await runtimeVersions(programs, catalogue),
        flagsOf(casts),
      );
      const tookMs = Date.now() - started.getTime();
      write(out, {
        schemaVersion: 2,
        tool: "ticketlock-figures",
        environment: { ...environment, startedAt: started.toISOString(), tookMs },
        figures: rows,
      });
    }
    return rows;
  } finally {
    programs.close();
  }
}

function write(folder: string, report: FiguresReport): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `figures-${report.environment.startedAt.slice(0, 10)}`);
  writeFileSync(`${file}.json`, `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(`${file}.md`, figuresMarkdown(report));
  process.stdout.write(`Written: ${file}.json and .md\n`);
}
