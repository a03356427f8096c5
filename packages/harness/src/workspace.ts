import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { foldersUp } from "@ticketlock/child-processes";
import { TicketlockError } from "@ticketlock/core";

const WORKSPACE_FILE = "pnpm-workspace.yaml";
/** Folders that no pattern reaches into: what is installed or built is not a package of the workspace. */
const SKIPPED = new Set(["node_modules", "dist"]);

/**
 * Finds the folder that holds the workspace of `from` (default: the current folder), which is the
 * nearest one at or above it with a pnpm-workspace.yaml; `undefined` if there is none.
 */
export function findWorkspaceRoot(from: string = process.cwd()): string | undefined {
  return foldersUp(from).find((folder) => existsSync(join(folder, WORKSPACE_FILE)));
}

/**
 * Lists the folders of a workspace that have a package.json, in alphabetical order, by the patterns
 * under `packages` in its pnpm-workspace.yaml.
 * @throws {TicketlockError} `ADAPTER_INVALID` if that list cannot be read.
 */
export function workspaceFolders(root: string): string[] {
  const patterns = packagePatterns(readFileSync(join(root, WORKSPACE_FILE), "utf8"), root);
  const matching = (pattern: string): string[] => expand(root, pattern.split("/").filter(isStep));
  const excluded = new Set(
    patterns.flatMap((pattern) => (pattern.startsWith("!") ? matching(pattern.slice(1)) : [])),
  );
  const included = patterns.flatMap((pattern) =>
    pattern.startsWith("!") ? [] : matching(pattern),
  );
  return [...new Set(included)]
    .filter((folder) => !excluded.has(folder) && existsSync(join(folder, "package.json")))
    .sort();
}

/**
 * Reads the block list of strings under `packages`, which is all that is wanted of the file: not
 * worth a YAML parser in every program that loads an adapter. What this cannot read it refuses.
 */
function packagePatterns(yaml: string, root: string): string[] {
  const lines = yaml.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, "").trimEnd());
  const start = lines.findIndex((line) => /^packages\s*:/.test(line));
  if (start < 0) return ["."];
  if (!lines[start]!.endsWith(":")) throw unreadable(root, lines[start]!);
  const patterns: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (line === "") continue;
    const item = /^\s*-\s+(?:"([^"\\]+)"|'([^']+)'|([^\s"'[{&*!|>%@`][^:#]*))$/.exec(line);
    if (item === null) {
      if (/^\S/.test(line) && !line.startsWith("-")) break; // the next key
      throw unreadable(root, line);
    }
    patterns.push((item[1] ?? item[2] ?? item[3])!);
  }
  return patterns;
}

function unreadable(root: string, line: string): TicketlockError {
  return new TicketlockError(
    "ADAPTER_INVALID",
    `Cannot read the packages of ${join(root, WORKSPACE_FILE)}: "${line.trim()}" is not an item of a plain list. Write one pattern per line, as "  - packages/*".`,
  );
}

function isStep(step: string): boolean {
  return step !== "" && step !== ".";
}

/** The folders that a pattern names: `*` stands for any part of one name, `**` for any number of folders. */
function expand(folder: string, [step, ...rest]: readonly string[]): string[] {
  if (step === undefined) return [folder];
  if (step === "**") {
    return [
      ...expand(folder, rest),
      ...subfolders(folder).flatMap((sub) => expand(sub, ["**", ...rest])),
    ];
  }
  if (!step.includes("*")) {
    const sub = join(folder, step);
    return existsSync(sub) ? expand(sub, rest) : [];
  }
  const literals = step
    .split("*")
    .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`));
  const name = new RegExp(`^${literals.join("[^/]*")}$`);
  return subfolders(folder)
    .filter((sub) => name.test(sub.slice(folder.length + 1)))
    .flatMap((sub) => expand(sub, rest));
}

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((each) => each.isDirectory() && !SKIPPED.has(each.name) && !each.name.startsWith("."))
    .map((each) => join(folder, each.name));
}
