import { realpathSync } from "node:fs";
import process from "node:process";

/** The arguments and the options with which git is started for one tree. */
export interface GitCall {
  readonly args: string[];
  readonly options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv };
}

/** By these a hook, in which this may run, tells git which repository is meant. */
const REDIRECTIONS = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"];

/**
 * How git is asked about a tree, and no other: without anybody's hooks, which would run for a folder that nobody
 * works in, and also where the tree is another user's, whose code this process runs anyway.
 */
export function gitCall(root: string, ...args: readonly string[]): GitCall {
  const settings = [`safe.directory=${realpathSync(root)}`, "core.hooksPath=/dev/null"];
  const env = Object.entries(process.env).filter(([name]) => !REDIRECTIONS.includes(name));
  return {
    args: [...settings.flatMap((each) => ["-c", each]), ...args],
    options: { cwd: root, env: Object.fromEntries(env) },
  };
}
