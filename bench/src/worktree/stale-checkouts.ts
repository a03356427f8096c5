import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { gitCall } from "../environment/git-call.ts";

/** The name says which commit it holds, and which process it belongs to. */
const NAME = /^ticketlock-([0-9a-f]{12})-(\d+)-[0-9a-f]{8}$/;

/** A folder for a checkout of this process that is not there yet. */
export function newCheckoutPath(commit: string): string {
  const name = `ticketlock-${commit.slice(0, 12)}-${process.pid}-${randomUUID().slice(0, 8)}`;
  return join(realpathSync(tmpdir()), name);
}

/**
 * Removes the checkouts of processes that were killed outright, and what git knows of them. Checkouts of anybody
 * else, and of processes that live, are left alone: `git worktree prune` would forget all that are not there now.
 */
export function removeStaleCheckouts(root: string): void {
  for (const { path, head } of worktreesOf(root)) {
    const [, commit, owner] = NAME.exec(basename(path)) ?? [];
    if (commit === undefined || !head.startsWith(commit) || isAlive(Number(owner))) continue;
    try {
      rmSync(path, { recursive: true, force: true });
      forgetCheckout(root, path);
    } catch {
      // Another user's: it costs disk space, and does not keep anybody from measuring.
    }
  }
}

/** Lets git know that a checkout is gone. Also while this process ends, when nothing but synchronous work is done. */
export function forgetCheckout(root: string, path: string): void {
  try {
    // Twice: git locks a checkout while it makes it, and one that was stopped meanwhile stays locked.
    git(root, "worktree", "remove", "--force", "--force", path);
  } catch {
    // It had not been added yet; or git is gone.
  }
}

function worktreesOf(root: string): { readonly path: string; readonly head: string }[] {
  const line = (block: string, name: string): string =>
    new RegExp(`^${name} (.*)$`, "m").exec(block)?.[1] ?? "";
  try {
    return git(root, "worktree", "list", "--porcelain")
      .split("\n\n")
      .map((block) => ({ path: line(block, "worktree"), head: line(block, "HEAD") }));
  } catch {
    return [];
  }
}

function git(root: string, ...args: string[]): string {
  const call = gitCall(root, ...args);
  return execFileSync("git", call.args, {
    ...call.options,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** A number that has been given to another process since counts as alive, too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
