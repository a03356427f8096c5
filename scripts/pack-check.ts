/**
 * `pnpm pack:check`: proves that what would be published works.
 *
 * Builds every package that is not private to JS + d.ts, packs it, installs all
 * tarballs with npm into an empty folder, and runs each README's examples, type-checked
 * against the installed declarations: the ts and js blocks below "## Example" in each runtime
 * that an adapter of the package has, and on each Node version where the package runs in Node;
 * those below "## Example in Deno" (or Bun, or Node) there only. In Deno an example is run
 * with the flags of the sh block behind it, if there is one. `--keep FOLDER` leaves the tarballs there.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type CodeBlock, codeBlocks } from "./markdown.ts";
import { captureCommand } from "./run-command.ts";
import { closeTally, failure, sumTallies, type TestTally } from "./test-tally.ts";
import { repositoryRoot, workspacePackages, type WorkspacePackage } from "./workspace.ts";

const nodeVersions = ["22.23.3", "24.21.0", "26.10.0"];
/** The oldest supported Node parses nothing newer; `using` is compiled away. */
const publishedSyntax = "ES2023";
const stepLimitMs = 5 * 60_000;
const exampleLimitMs = 60_000;

type Runtime = "node" | "deno" | "bun";
/** Where npm puts the runtimes besides Node. */
const programs = { deno: "deno/deno", bun: ".bin/bun" } as const;

const { keep } = parseArgs({ options: { keep: { type: "string" } } }).values;
const publishable = inDependencyOrder(
  workspacePackages().filter((each) => each.manifest.private !== true),
);
const work = mkdtempSync(join(tmpdir(), "ticketlock-pack-"));
const consumer = join(work, "consumer");
const tallies: TestTally[] = [];
try {
  const tarballs = publishable.map((each) => pack(each));
  if (keep !== undefined) keepTarballs(tarballs, resolve(keep));
  installConsumer(tarballs);
  for (const each of publishable) checkAdapters(each);
  for (const each of publishable) checkExamples(each);
} catch (error) {
  tallies.push(failure(error instanceof Error ? error.message : String(error)));
} finally {
  rmSync(work, { recursive: true, force: true });
}
closeTally(repositoryRoot, "pack-check", sumTallies(tallies));

/** Dependencies before dependents: each is compiled against the built declarations of the former. */
function inDependencyOrder(packages: readonly WorkspacePackage[]): readonly WorkspacePackage[] {
  const ordered = new Set<WorkspacePackage>();
  const visit = (each: WorkspacePackage): void => {
    for (const name of Object.keys(each.manifest.dependencies ?? {})) {
      const dependency = packages.find((other) => other.manifest.name === name);
      if (dependency) visit(dependency);
    }
    ordered.add(each);
  };
  for (const each of packages) visit(each);
  return [...ordered];
}

/** Compiles a package into its `dist` and packs it; the path of the tarball. */
function pack(each: WorkspacePackage): string {
  const dist = join(each.folder, "dist");
  rmSync(dist, { recursive: true, force: true });
  const config = join(work, `${each.manifest.name.replace("/", "-")}.tsconfig.json`);
  writeFileSync(config, JSON.stringify(buildConfig(each, dist)));
  step(`build ${each.path}`, "tsc", ["-p", config], each.folder);
  const folder = join(work, "tarballs", each.path);
  mkdirSync(folder, { recursive: true });
  step(`pack ${each.path}`, "pnpm", ["pack", "--pack-destination", folder], each.folder);
  const [tarball] = readdirSync(folder);
  if (tarball === undefined) throw new Error(`cannot pack ${each.path}: pnpm left no tarball`);
  return join(folder, tarball);
}

/**
 * The package's own settings, but emitting. Other packages are read from their
 * built declarations: through their source they would lie outside `rootDir`.
 */
function buildConfig(each: WorkspacePackage, dist: string): unknown {
  const own = JSON.parse(readFileSync(join(each.folder, "tsconfig.json"), "utf8")) as {
    readonly include: readonly string[];
  };
  const testFolders = new Set(["test", "test-system", "vitest.config.ts"]);
  const paths = publishable.flatMap((other) => {
    const built = join(other.folder, "dist");
    return [
      [other.manifest.name, [join(built, "index.d.ts")]],
      [`${other.manifest.name}/*`, [join(built, "*.d.ts")]],
    ] as const;
  });
  return {
    extends: join(each.folder, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      rootDir: join(each.folder, "src"),
      outDir: dist,
      target: publishedSyntax,
      typeRoots: [join(repositoryRoot, "node_modules", "@types")],
      paths: Object.fromEntries(paths),
    },
    include: own.include
      .filter((entry) => !testFolders.has(entry))
      .map((entry) => resolve(each.folder, entry)),
    exclude: [join(each.folder, "src/**/*.test.ts")],
  };
}

function keepTarballs(tarballs: readonly string[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const tarball of tarballs) copyFileSync(tarball, join(folder, basename(tarball)));
  console.log(`kept ${tarballs.length} tarballs in ${folder}`);
}

/** Installs the tarballs and the Node versions, as a user of npm would get them. */
function installConsumer(tarballs: readonly string[]): void {
  mkdirSync(consumer);
  // The platform's package of each Node holds the binary itself, so no install script runs.
  const platform = process.platform === "win32" ? "win" : process.platform;
  const nodes = nodeVersions.map(
    (version) => `node-${version}@npm:node-${platform}-${process.arch}@${version}`,
  );
  writeFileSync(join(consumer, "package.json"), `{ "private": true, "type": "module" }\n`);
  const types = readFileSync(join(repositoryRoot, "node_modules/@types/node/package.json"), "utf8");
  const typesVersion = (JSON.parse(types) as { readonly version: string }).version;
  const install = ["install", "--no-audit", "--no-fund"];
  step(
    "install the tarballs with npm",
    "npm",
    [...install, "--ignore-scripts", `@types/node@${typesVersion}`, ...nodes, ...tarballs],
    consumer,
  );
  // Their install scripts put the binaries in place, as at a user's.
  const others = Object.keys(programs).map((name) => `${name}@${installedVersion(name)}`);
  step("install Deno and Bun with npm", "npm", [...install, ...others], consumer);
}

/** The version of a runtime that the workspace has pinned. */
function installedVersion(name: string): string {
  const path = join(repositoryRoot, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly version: string }).version;
}

/** Something that runs a module. */
interface Command {
  /** For messages. */
  readonly name: string;
  readonly program: string;
  readonly flags: readonly string[];
}

function commandsOf(runtime: Runtime, denoFlags: readonly string[]): readonly Command[] {
  const modules = join(consumer, "node_modules");
  if (runtime !== "node") {
    const name = `${runtime} ${installedVersion(runtime)}`;
    const flags = runtime === "deno" ? ["run", "--no-prompt", ...denoFlags] : [];
    return [{ name, program: join(modules, programs[runtime]), flags }];
  }
  return nodeVersions.map((version) => ({
    name: `node ${version}`,
    program: join(modules, `node-${version}`, "bin", "node"),
    flags: [],
  }));
}

/** The runtimes in which a package can be used. */
function runtimesOf({ manifest: { engines, ticketlock } }: WorkspacePackage): readonly Runtime[] {
  const adapters = [ticketlock ?? []].flat();
  const named = adapters.map(({ runtime }) => runtime as Runtime);
  return [...new Set([...(engines?.["node"] === undefined ? [] : ["node" as const]), ...named])];
}

/** What the field "ticketlock" of the installed package names must be there: it is how adapters are found. */
function checkAdapters({ manifest: { name } }: WorkspacePackage): void {
  const folder = join(consumer, "node_modules", name);
  const text = readFileSync(join(folder, "package.json"), "utf8");
  const { ticketlock } = JSON.parse(text) as WorkspacePackage["manifest"];
  for (const { adapter } of [ticketlock ?? []].flat()) {
    const isThere = existsSync(join(folder, String(adapter)));
    tallies.push(
      isThere
        ? { passed: 1, failed: 0, skipped: 0, problems: [] }
        : failure(`${name} as packed names the adapter ${String(adapter)}, which is missing`),
    );
  }
}

function checkExamples(each: WorkspacePackage): void {
  const examples = readExamples(each);
  if (examples.length === 0)
    tallies.push(failure(`${each.path}/README.md has no ts or js block below "## Example"`));
  for (const [i, example] of examples.entries()) checkExample(each, i + 1, example);
}

function checkExample(each: WorkspacePackage, number: number, example: Example): void {
  const name = `${basename(each.path)} example ${number}`;
  const folder = join(consumer, "examples", basename(each.path), String(number));
  const source = `program.${example.language}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, source), example.code);
  const config = {
    compilerOptions: {
      target: publishedSyntax,
      // Deno's workers are those of the web.
      lib: example.runtime === "deno" ? ["ESNext", "DOM"] : ["ESNext"],
      types: ["node"],
      module: "NodeNext",
      strict: true,
      allowJs: true,
      checkJs: true,
      outDir: "run",
      rootDir: ".",
    },
    files: [source],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiled = captureCommand("tsc", ["-p", folder], { cwd: folder, timeoutMs: stepLimitMs });
  if (!compiled.ok) {
    tallies.push(failure(`${name} does not compile:\n${compiled.output}`));
    return;
  }
  // JavaScript runs as it stands in the README: only TypeScript loses its types first.
  const module = example.language === "js" ? source : join("run", "program.js");
  const runtimes = example.runtime === undefined ? runtimesOf(each) : [example.runtime];
  for (const command of runtimes.flatMap((one) => commandsOf(one, example.denoFlags))) {
    const run = captureCommand(command.program, [...command.flags, module], {
      cwd: folder,
      timeoutMs: exampleLimitMs,
    });
    console.log(`${name} on ${command.name}: ${run.ok ? "passed" : "failed"}`);
    tallies.push(
      run.ok
        ? { passed: 1, failed: 0, skipped: 0, problems: [] }
        : failure(`${name} on ${command.name} failed:\n${run.output}`),
    );
  }
}

interface Example {
  readonly language: "ts" | "js";
  readonly code: string;
  /** The one that it is for; undefined: all of the package's. */
  readonly runtime: Runtime | undefined;
  readonly denoFlags: readonly string[];
}

function readExamples(each: WorkspacePackage): readonly Example[] {
  const path = join(each.folder, "README.md");
  const sections = existsSync(path) ? readFileSync(path, "utf8").split(/^## /m) : [];
  return sections.flatMap((section) => {
    const heading = /^Example(?: in (Node|Deno|Bun))?$/m.exec(section.split("\n", 1)[0] ?? "");
    if (heading === null) return [];
    const runtime = heading[1]?.toLowerCase() as Runtime | undefined;
    const blocks = codeBlocks(section);
    return blocks.flatMap(({ language, code }, i) => {
      if (language !== "ts" && language !== "js") return [];
      return [{ language, code, runtime, denoFlags: denoFlags(blocks[i + 1]) } as const];
    });
  });
}

/** The flags of a README's command line for Deno; without one, all is permitted. */
function denoFlags(block: CodeBlock | undefined): readonly string[] {
  const [, flags] = /^deno run (.*) program\.js$/m.exec(block?.code ?? "") ?? [];
  if (block?.language !== "sh" || flags === undefined) return ["--allow-all"];
  // Readers put their own number there, and so does this.
  return flags.replaceAll("ticketlock-1000", `ticketlock-${process.getuid?.()}`).split(" ");
}

function step(
  what: string,
  command: string,
  commandArguments: readonly string[],
  cwd: string,
): void {
  console.log(what);
  const result = captureCommand(command, commandArguments, { cwd, timeoutMs: stepLimitMs });
  if (!result.ok) throw new Error(`cannot ${what}:\n${result.output}`);
}
