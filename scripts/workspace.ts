import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's top folder. */
export const repositoryRoot: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the scripts read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: Readonly<Record<string, unknown>>;
  readonly engines?: Readonly<Record<string, string>>;
  readonly ticketlock?:
    | Readonly<Record<string, unknown>>
    | readonly Readonly<Record<string, unknown>>[];
}

export interface WorkspacePackage {
  /** Absolute. */
  readonly folder: string;
  /** Relative to the workspace's top, with forward slashes: `packages/core`. */
  readonly path: string;
  readonly manifest: Manifest;
}

/**
 * Lists the packages of a workspace: the folders of `packages/` and `bench`
 * that have a package.json, in alphabetical order.
 */
export function workspacePackages(root: string = repositoryRoot): readonly WorkspacePackage[] {
  const parent = join(root, "packages");
  const folders = existsSync(parent)
    ? readdirSync(parent)
        .toSorted()
        .map((name) => join(parent, name))
    : [];
  const packages: WorkspacePackage[] = [];
  for (const folder of [...folders, join(root, "bench")]) {
    const manifestPath = join(folder, "package.json");
    if (!existsSync(manifestPath)) continue;
    const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as Manifest;
    packages.push({ folder, path: relative(root, folder).replaceAll("\\", "/"), manifest });
  }
  return packages;
}

/**
 * Lists the files below `folder` whose path ends with one of `endings`,
 * as absolute paths in alphabetical order. Installed packages, built files and
 * test results are left out.
 */
export function filesBelow(folder: string, endings: readonly string[]): readonly string[] {
  if (!existsSync(folder)) return [];
  const skipped = new Set(["node_modules", "dist", "test-results", ".turbo"]);
  const files: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name)) files.push(...filesBelow(path, endings));
    } else if (endings.some((ending) => entry.name.endsWith(ending))) {
      files.push(path);
    }
  }
  return files.toSorted();
}
