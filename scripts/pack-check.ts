/**
 * `pnpm pack:check`: proves that what would be published works.
 *
 * Builds every package that is not private to JS + d.ts, packs it, installs all
 * tarballs with npm into an empty folder, and runs each README's example (the
 * first ts or js block below the heading "## Example") on each Node version,
 * type-checked against the installed declarations. `--keep FOLDER` leaves the tarballs there.
 */
import {
  copyFileSync,
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
import { captureCommand } from "./run-command.ts";
import { closeTally, failure, sumTallies, type TestTally } from "./test-tally.ts";
import { repositoryRoot, workspacePackages, type WorkspacePackage } from "./workspace.ts";

const nodeVersions = ["22.23.3", "24.21.0", "26.10.0"];
/** The oldest supported Node parses nothing newer; `using` is compiled away. */
const publishedSyntax = "ES2023";
const stepLimitMs = 5 * 60_000;
const exampleLimitMs = 60_000;

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
  for (const each of publishable) checkExample(each);
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
  const npmArguments = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
  step(
    "install the tarballs with npm",
    "npm",
    [...npmArguments, `@types/node@${typesVersion}`, ...nodes, ...tarballs],
    consumer,
  );
}

function checkExample(each: WorkspacePackage): void {
  const name = each.manifest.name.replace(/^@.*\//, "");
  const example = readExample(each);
  if (!example) {
    tallies.push(failure(`${each.path}/README.md has no ts or js block below "## Example"`));
    return;
  }
  const folder = join(consumer, "examples", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `example.${example.language}`), example.code);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: publishedSyntax,
        lib: ["ESNext"],
        types: ["node"],
        module: "NodeNext",
        strict: true,
        allowJs: true,
        checkJs: true,
        outDir: "run",
        rootDir: ".",
      },
      files: [`example.${example.language}`],
    }),
  );
  const compiled = captureCommand("tsc", ["-p", folder], {
    cwd: folder,
    timeoutMs: stepLimitMs,
  });
  if (!compiled.ok) {
    tallies.push(failure(`${each.path}: the example does not compile:\n${compiled.output}`));
    return;
  }
  for (const version of nodeVersions) {
    const node = join(consumer, "node_modules", `node-${version}`, "bin", "node");
    // JavaScript runs as it stands in the README: only TypeScript loses its types first.
    const file = example.language === "js" ? "example.js" : join("run", "example.js");
    const run = captureCommand(node, [join(folder, file)], {
      cwd: folder,
      timeoutMs: exampleLimitMs,
    });
    console.log(`${name} on Node ${version}: ${run.ok ? "passed" : "failed"}`);
    tallies.push(
      run.ok
        ? { passed: 1, failed: 0, skipped: 0, problems: [] }
        : failure(`${name} on Node ${version} failed:\n${run.output}`),
    );
  }
}

interface Example {
  readonly language: "ts" | "js";
  readonly code: string;
}

function readExample(each: WorkspacePackage): Example | undefined {
  let readme: string;
  try {
    readme = readFileSync(join(each.folder, "README.md"), "utf8");
  } catch {
    return undefined;
  }
  const [, section] = readme.split(/^## Example\b.*$/m);
  const block = section?.split(/^## /m)[0]?.match(/^```(ts|js)\b.*\n([^]*?)^```/m);
  if (!block) return undefined;
  return { language: block[1] === "ts" ? "ts" : "js", code: block[2] ?? "" };
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
