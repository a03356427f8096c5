import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Cast } from "../plan/cast.ts";

/** Which code is tormented, and what of it. */
export interface CodeIdentity {
  /** Git's name of the commit, with `-dirty` where files differ from it; "unknown" without Git. */
  readonly revision: string;
  /** Of all sources of all packages. A mend of tests or documents does not change it. */
  readonly sources: string;
  /** Of the adapters with their locks and stores: what rounds are drawn from. */
  readonly tried: string;
}

export function codeIdentity(root: string, casts: readonly Cast[]): CodeIdentity {
  return {
    revision: revisionOf(root),
    sources: sourcesOf(root),
    tried: digest([JSON.stringify(casts)]),
  };
}

function revisionOf(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim(); // prettier-ignore
  try {
    const commit = git("rev-parse", "HEAD");
    return git("status", "--porcelain") === "" ? commit : `${commit}-dirty`;
  } catch {
    return "unknown";
  }
}

/** What packages run: their `src`, and the simulated disk, which is not among those. */
function sourcesOf(root: string): string {
  const packages = join(root, "packages");
  const names = existsSync(packages) ? readdirSync(packages) : [];
  const folders = [...names.map((name) => join(packages, name, "src")), SIMULATION];
  const files = folders.flatMap(filesIn).toSorted();
  return digest(files.flatMap((path) => [relative(root, path), readFileSync(path)]));
}

const SIMULATION = dirname(fileURLToPath(import.meta.resolve("@ticketlock/file-store/simulation")));

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** Parts are told apart by their lengths. */
function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest("hex").slice(0, 16);
}
