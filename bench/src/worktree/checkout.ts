import { existsSync } from "node:fs";
import { join } from "node:path";
import { type GroupOptions, runInGroup } from "../cli/run-in-group.ts";
import { TemporaryFolder } from "../cli/temporary-folder.ts";
import { usageError } from "../cli/usage-error.ts";
import { gitCall } from "../environment/git-call.ts";
import { findCommit } from "./find-commit.ts";
import { pnpmCommand } from "./pnpm-command.ts";
import { reasonIn } from "./reason-in.ts";
import { forgetCheckout, newCheckoutPath, removeStaleCheckouts } from "./stale-checkouts.ts";

const INSTALL_LIMIT_MS = 10 * 60_000;

/** How a commit is checked out. */
export interface CheckoutOptions {
  /** Top of a checkout of the same repository. */
  readonly root: string;
  /** Branch, tag or commit. */
  readonly ref: string;
  readonly signal: AbortSignal;
  /** Is told what takes a while. */
  readonly say: (line: string) => void;
  /** For each of two attempts to install, the second one with the registry. */
  readonly installLimitMs?: number;
}

/** A commit checked out in a temporary folder with its own dependencies; both are gone when this process ends. */
export class Checkout {
  /** Top of the tree that was checked out. */
  readonly root: string;
  readonly commit: string;
  readonly #folder: TemporaryFolder;

  private constructor(root: string, commit: string) {
    this.commit = commit;
    const path = newCheckoutPath(commit);
    this.#folder = new TemporaryFolder(path, () => forgetCheckout(root, path));
    this.root = path;
  }

  /**
   * Checks a commit out and installs what it depends on. What earlier processes that were killed outright have left
   * is removed first.
   *
   * @throws {TicketlockError} `USAGE` if there is no such commit, or it cannot be installed; the signal's reason,
   * when all that was started has ended and the folder is gone
   */
  static async open(options: CheckoutOptions): Promise<Checkout> {
    const { root, ref, say } = options;
    const commit = findCommit(root, ref);
    removeStaleCheckouts(root);
    const checkout = new Checkout(root, commit);
    try {
      say(
        `Old: ${ref}, commit ${commit.slice(0, 12)}, in a temporary folder with dependencies of its own.`,
      );
      const add = gitCall(root, "worktree", "add", "--detach", checkout.root, commit);
      const checkedOut = await attempt("git", add.args, root, options, { env: add.options.env });
      if (checkedOut !== undefined)
        throw usageError(`Cannot compare with ${ref}: it cannot be checked out: ${checkedOut}`);
      if (!existsSync(join(checkout.root, "pnpm-lock.yaml")))
        throw usageError(
          `Cannot compare with ${ref}: it has no pnpm-lock.yaml, so what it depends on cannot be installed. Name a later commit.`,
        );
      const installed = await install(checkout.root, options);
      if (installed !== undefined)
        throw usageError(
          `Cannot compare with ${ref}: its dependencies cannot be installed: ${installed}`,
        );
      return checkout;
    } catch (error) {
      checkout.close();
      throw error;
    }
  }

  /** Removes the folder, and what git knows of it. */
  close(): void {
    this.#folder.remove();
  }
}

/** From what this machine has already; from the registry where that is not all. @returns why it failed, if it did */
async function install(root: string, options: CheckoutOptions): Promise<string | undefined> {
  const [file, ...args] = pnpmCommand(root);
  const { installLimitMs: limitMs = INSTALL_LIMIT_MS } = options;
  const attemptWith = (...flags: string[]): Promise<string | undefined> =>
    attempt(file, [...args, "install", "--frozen-lockfile", ...flags], root, options, { limitMs });
  const offline = await attemptWith("--offline");
  return offline === undefined ? undefined : await attemptWith();
}

/** @returns why the command failed, in one line; `undefined` if it did not. @throws the signal's reason */
async function attempt(
  file: string,
  args: readonly string[],
  cwd: string,
  { signal }: CheckoutOptions,
  options: GroupOptions,
): Promise<string | undefined> {
  try {
    const { output, code, tooLong } = await runInGroup(file, args, cwd, signal, options);
    if (tooLong) return `${file} took more than ${minutes(options.limitMs!)}, and was stopped.`;
    if (code === 0) return undefined;
    return reasonIn(output) ?? `${file} ended with ${code ?? "a signal"} and said nothing.`;
  } catch (error) {
    signal.throwIfAborted();
    return (error as NodeJS.ErrnoException).code === "ENOENT"
      ? `${file} is not installed, or not on PATH. Install it.`
      : (error as Error).message;
  }
}

function minutes(ms: number): string {
  return ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${ms / 1_000} s`;
}
