import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { workspacePackages } from "../workspace.ts";

/** What a module imports or exports again from another, but for what is types alone: those do not run. */
const IMPORT = /^(?:import|export) (?!type )(\{[^}]*\}|\*)[^;"]*? from "([^"]+)";$/gm;

/**
 * A hash of everything that the proofs of a workspace run: the explorer, each package's `test/proofs.ts`,
 * and the modules of the workspace that these come to by their imports. Comments on lines of their own and
 * empty lines do not count. Comments behind code do: to tell them from strings takes a parser.
 */
export function sourcesHash(root: string): string {
  const hash = createHash("sha256");
  for (const file of proofSources(root))
    hash.update(`${relative(root, file)}\n${withoutComments(readFileSync(file, "utf8"))}\n`);
  return hash.digest("hex").slice(0, 16);
}

/** Those files, in order. */
export function proofSources(root: string): readonly string[] {
  const lists = workspacePackages(root).map(({ folder }) => join(folder, "test", "proofs.ts"));
  const found = new Set([
    join(root, "packages/explorer/src/index.ts"),
    ...lists.filter(existsSync),
  ]);
  for (const file of found)
    for (const { names, from } of importsOf(file))
      for (const target of targetsOf(root, file, names, from)) found.add(target);
  return [...found].sort();
}

interface Import {
  /** Empty: all. */
  readonly names: readonly string[];
  readonly from: string;
}

function importsOf(file: string): Import[] {
  const found = readFileSync(file, "utf8").matchAll(IMPORT);
  return [...found].map(([, list = "", from = ""]) => {
    const names = list.split(/[{},*]/).map((one) => one.trim().split(" ")[0]!);
    return { names: names.filter((one) => one !== "" && one !== "type"), from };
  });
}

/** The files behind an import: of a package, those only from which its index has the names; none if it is not ours. */
function targetsOf(root: string, file: string, names: readonly string[], from: string): string[] {
  if (from.startsWith(".")) return [join(dirname(file), from)];
  const [scope, name, ...rest] = from.split("/");
  if (scope !== "@ticketlock") return [];
  const index = join(root, "packages", name!, "src", `${rest.join("/") || "index"}.ts`);
  return importsOf(index)
    .filter((one) => one.names.length === 0 || one.names.some((each) => names.includes(each)))
    .map((one) => join(dirname(index), one.from));
}

function withoutComments(text: string): string {
  let isInside = false;
  const lines = text.split("\n").filter((line) => {
    const code = line.trim();
    const wasInside = isInside || code.startsWith("/*");
    isInside = wasInside && !code.endsWith("*/");
    return !wasInside && code !== "" && !code.startsWith("//");
  });
  return lines.join("\n");
}
