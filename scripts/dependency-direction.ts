import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { filesBelow, workspacePackages, type WorkspacePackage } from "./workspace.ts";

const scope = "@ticketlock/";

/**
 * What each package may import, by folder name. Arrows point one way:
 * core <- mechanisms <- adapters (mapped-memory, file-lock and child-threads build on shared-memory), and core <- child-processes <- harness <- those that use it.
 * An adapter is not listed: its package.json field "ticketlock" makes it one.
 */
const mechanisms = [
  "shared-memory",
  "mapped-memory",
  "file-lock",
  "file-store",
  "child-processes",
  "child-threads",
];
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  "shared-memory": ["core"],
  "mapped-memory": ["core", "shared-memory"],
  "file-lock": ["core", "shared-memory"],
  "file-store": ["core"],
  "child-processes": ["core"],
  "child-threads": ["core", "shared-memory"],
  // Starts jobs as child-processes starts contenders.
  harness: ["core", "child-processes"],
  // Is handed the code that it explores, by the tests of those who own that code.
  explorer: [],
  // Is handed histories as text, whoever recorded them.
  history: [],
  scenarios: ["core", "harness"],
  conformance: ["core", "harness"],
  // Torments what adapters offer, and the durable store's file system; conformance has the kit for deaths.
  torture: ["core", "harness", "conformance", "history", "file-store"],
  // A lock must pass a part of the conformance suite before it is measured. How long checking a history takes is a figure.
  bench: ["core", "harness", "conformance", "history"],
};
const adapterMayImport: readonly string[] = ["core", ...mechanisms];

/** Runs in every runtime, so it may import no runtime's modules. */
const runtimeAgnostic = new Set(["core", "shared-memory"]);

/**
 * Checks that the packages of a workspace depend on each other in one
 * direction only, by what their package.json declares and by what their
 * source (not their tests) imports, and that no source but an adapter's own
 * names an adapter.
 *
 * @param root - the workspace's top
 * @returns one sentence for each fault; none if all is well
 */
export function dependencyFaults(root: string): readonly string[] {
  const packages = workspacePackages(root);
  const adapters = packages.filter(isAdapter).map(shortName);
  const faults: string[] = [];
  for (const each of packages) {
    const name = shortName(each);
    const allowed = isAdapter(each) ? adapterMayImport : mayImport[name];
    if (each.manifest.name !== scope + name) {
      faults.push(`${each.path} is named ${each.manifest.name}: it must be ${scope}${name}`);
    }
    if (!allowed) {
      faults.push(
        `${each.path} has no place in the order of packages: give it one in scripts/dependency-direction.ts, or the field "ticketlock" if it is an adapter`,
      );
      continue;
    }
    faults.push(...manifestFaults(each, allowed));
    for (const path of sourceFiles(each.folder)) {
      faults.push(...importFaults(root, each, path, allowed));
      faults.push(...namingFaults(root, path, adapters, isAdapter(each) ? name : undefined));
    }
  }
  for (const path of sourceFiles(join(root, "scripts"))) {
    faults.push(...namingFaults(root, path, adapters, undefined));
  }
  return faults;
}

function isAdapter(each: WorkspacePackage): boolean {
  return each.manifest.ticketlock !== undefined;
}

function shortName(each: WorkspacePackage): string {
  return each.path.split("/").at(-1) ?? each.path;
}

/** TypeScript files that are neither tests nor their fixtures and configuration. */
function sourceFiles(folder: string): readonly string[] {
  return filesBelow(folder, [".ts"]).filter((path) => {
    const parts = relative(folder, path).split(sep);
    const inTests = parts.some((part) => part === "test" || part === "test-system");
    return !inTests && !path.endsWith(".test.ts") && !path.endsWith("vitest.config.ts");
  });
}

function manifestFaults(each: WorkspacePackage, allowed: readonly string[]): string[] {
  const { dependencies, peerDependencies, optionalDependencies } = each.manifest;
  const declared = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
  if (shortName(each) === "core" && declared.length > 0) {
    return [`${each.path}/package.json depends on ${declared.join(", ")}: core has no dependency`];
  }
  return declared
    .filter((name) => name.startsWith(scope) && !allowed.includes(name.slice(scope.length)))
    .map((name) => `${each.path}/package.json depends on ${name}: ${allowedSentence(allowed)}`);
}

function importFaults(
  root: string,
  each: WorkspacePackage,
  path: string,
  allowed: readonly string[],
): string[] {
  const where = relative(root, path);
  const name = shortName(each);
  const faults: string[] = [];
  for (const specifier of importedSpecifiers(readFileSync(path, "utf8"))) {
    if (specifier.startsWith(".")) {
      const target = resolve(dirname(path), specifier);
      if (!target.startsWith(each.folder + sep)) {
        faults.push(`${where} imports ${specifier}: it lies outside the package; use its name`);
      }
    } else if (specifier.startsWith(scope)) {
      const imported = specifier.slice(scope.length).split("/")[0] ?? "";
      if (imported === name) continue;
      if (!allowed.includes(imported)) {
        faults.push(`${where} imports ${specifier}: ${allowedSentence(allowed)}`);
      } else if (!each.manifest.dependencies?.[scope + imported]) {
        faults.push(
          `${where} imports ${specifier}: add it to the dependencies in ${each.path}/package.json`,
        );
      }
    } else if (runtimeAgnostic.has(name)) {
      faults.push(`${where} imports ${specifier}: ${name} runs in every runtime, ECMAScript only`);
    }
  }
  return faults;
}

function namingFaults(
  root: string,
  path: string,
  adapters: readonly string[],
  ownName: string | undefined,
): string[] {
  const strings = stringLiterals(readFileSync(path, "utf8"));
  return adapters
    .filter((adapter) => adapter !== ownName)
    .filter((adapter) =>
      strings.some(
        (text) =>
          text === adapter ||
          text.includes(scope + adapter) ||
          text.includes(`packages/${adapter}`),
      ),
    )
    .map(
      (adapter) =>
        `${relative(root, path)} names the adapter ${adapter}: only its own folder and tests may; find adapters through the harness`,
    );
}

function allowedSentence(allowed: readonly string[]): string {
  return allowed.length === 0
    ? "it may import no other package"
    : `of the workspace it may import only ${allowed.join(", ")}`;
}

// A comment, or a string on one line, or a template; whichever begins first wins.
const commentOrString =
  /\/\*[^]*?\*\/|\/\/.*|"((?:\\.|[^"\\\n])*)"|'((?:\\.|[^'\\\n])*)'|`((?:\\[^]|[^`\\])*)`/g;

/** The texts of all string literals; comments do not count. */
function stringLiterals(source: string): readonly string[] {
  const texts: string[] = [];
  for (const match of source.matchAll(commentOrString)) {
    const text = match[1] ?? match[2] ?? match[3];
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

/** What a module imports or re-exports, type imports and literal `import()` included. */
function importedSpecifiers(source: string): readonly string[] {
  const code = source.replaceAll(commentOrString, (match) =>
    match.startsWith("/*") || match.startsWith("//") ? " " : match,
  );
  const patterns = [
    /^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']/gm,
    /^\s*import\s*["']([^"']+)["']/gm,
    /\bimport\s*\(\s*["']([^"']+)["']/g,
  ];
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap((match) => (match[1] === undefined ? [] : [match[1]])),
  );
}
