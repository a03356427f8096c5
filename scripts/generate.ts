/**
 * `pnpm generate`: writes the files, and parts of files, that are made from
 * others. Each module in `generate/` exports `generate(root)`, which returns
 * what should stand where; adding one needs no edit here.
 *
 * `--check` writes nothing, and fails where something else stands there or
 * nothing does. It asks no git, which would not see untracked files and may
 * refuse to look at another user's.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { filesBelow, repositoryRoot } from "./workspace.ts";

/** A file's whole content; `path` is relative to the repository's top. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

/** What each module in `generate/` exports under the name `generate`. */
export type Generate = (
  root: string,
) => readonly GeneratedFile[] | Promise<readonly GeneratedFile[]>;

function currentContent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

const checkOnly = process.argv.includes("--check");

for (const modulePath of filesBelow(join(repositoryRoot, "scripts", "generate"), [".ts"])) {
  const module = (await import(pathToFileURL(modulePath).href)) as { readonly generate?: Generate };
  if (!module.generate) {
    throw new Error(
      `cannot generate: ${basename(modulePath)} exports no generate(root); add one or move the file out of scripts/generate`,
    );
  }
  for (const file of await module.generate(repositoryRoot)) {
    const path = join(repositoryRoot, file.path);
    if (currentContent(path) === file.content) continue;
    if (checkOnly) {
      console.error(`${file.path} is not what is generated; run pnpm generate and commit it`);
      process.exitCode = 1;
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.content);
    console.log(`${file.path} written`);
  }
}
