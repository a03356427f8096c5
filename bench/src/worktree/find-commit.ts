import { spawnSync } from "node:child_process";
import process from "node:process";
import { usageError } from "../cli/usage-error.ts";
import { gitCall } from "../environment/git-call.ts";

/**
 * The commit that git calls so.
 *
 * @param root - top of a checkout of the repository
 * @param ref - branch, tag or commit
 * @throws {TicketlockError} `USAGE`: no such commit, a clone that does not reach so far, no repository, no git
 */
export function findCommit(root: string, ref: string): string {
  const wanted = ["--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const { status, stdout, stderr } = git(root, ref, "rev-parse", ...wanted);
  if (status === 0) return stdout.trim();
  throw usageError(`Cannot compare with ${ref}: ${whyNot(root, ref, stderr)}`);
}

function whyNot(root: string, ref: string, stderr: string): string {
  if (stderr.includes("not a git repository"))
    return `${root} is no git repository, so it has no other commits. Clone it with git, and try there.`;
  const said = stderr.split("\n").find((line) => line.startsWith("fatal:"));
  // A name that git does not know is no fault: it is answered by the exit code alone.
  if (said !== undefined) return `git says: ${said.replace(/^fatal: /, "")}`;
  if (git(root, ref, "rev-parse", "--is-shallow-repository").stdout.trim() === "true")
    return "git finds no such commit in this clone, which is shallow and may lack it. Fetch the rest: git fetch --unshallow.";
  return "git finds no such commit here. Name a branch, a tag or a commit that has been fetched.";
}

function git(
  root: string,
  ref: string,
  ...args: string[]
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const call = gitCall(root, ...args);
  const { error, status, stdout, stderr } = spawnSync("git", call.args, {
    ...call.options,
    env: { ...call.options.env, LC_ALL: "C" },
    encoding: "utf8",
  });
  if (error !== undefined)
    throw usageError(
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? `Cannot compare with ${ref}: git is not installed, or not on PATH (${process.env["PATH"] ?? ""}). Install it.`
        : `Cannot compare with ${ref}: git cannot be started: ${error.message}`,
    );
  return { status, stdout, stderr };
}
