import { execFile, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { TemporaryFolder } from "../cli/temporary-folder.ts";
import { usageError } from "../cli/usage-error.ts";
import { gitCall } from "../environment/git-call.ts";
import { pnpmCommand } from "./pnpm-command.ts";

const run = promisify(execFile);
const INSTALL_LIMIT_MS = 10 * 60_000;
/** What pnpm prints at most. */
const OUTPUT_BYTES = 64 * 2 ** 20;

/** A commit checked out in a temporary folder with its own dependencies; both are gone when this process ends. */
export class Checkout {
  /** Top of the tree that was checked out. */
  readonly root: string;
  readonly commit: string;
  readonly #folder: TemporaryFolder;

  private constructor(root: string, commit: string) {
    this.commit = commit;
    const path = join(
      realpathSync(tmpdir()),
      `ticketlock-${commit.slice(0, 12)}-${randomUUID().slice(0, 8)}`,
    );
    this.#folder = new TemporaryFolder(path, () => forget(root, path));
    this.root = path;
  }

  /**
   * Checks a commit out and installs what it depends on.
   *
   * @param root - top of a checkout of the same repository
   * @param ref - branch, tag or commit
   * @param say - is told what takes a while
   * @throws {TicketlockError} `USAGE` if there is no such commit, or it cannot be installed; the signal's reason
   */
  static async open(
    root: string,
    ref: string,
    signal: AbortSignal,
    say: (line: string) => void,
  ): Promise<Checkout> {
    const checkout = new Checkout(root, commitOf(root, ref));
    try {
      say(
        `Old: ${ref}, commit ${checkout.commit.slice(0, 12)}, in a temporary folder with dependencies of its own.`,
      );
      const { args, options } = gitCall(
        root,
        "worktree",
        "add",
        "--detach",
        checkout.root,
        checkout.commit,
      );
      await attempt(ref, "it cannot be checked out", signal, () =>
        run("git", args, { ...options, signal }),
      );
      if (!existsSync(join(checkout.root, "pnpm-lock.yaml")))
        throw usageError(
          `Cannot compare with ${ref}: it has no pnpm-lock.yaml, so what it depends on cannot be installed. Name a later commit.`,
        );
      await attempt(ref, "its dependencies cannot be installed", signal, () =>
        install(checkout.root, signal),
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

/** @throws {TicketlockError} `USAGE` */
function commitOf(root: string, ref: string): string {
  try {
    const wanted = ["--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
    const { args, options } = gitCall(root, "rev-parse", ...wanted);
    return execFileSync("git", args, {
      ...options,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    throw usageError(
      `Cannot compare with ${ref}: git finds no such commit here. Name a branch, a tag or a commit that has been fetched.`,
    );
  }
}

/** From what this machine has already; from the registry where that is not all. */
async function install(root: string, signal: AbortSignal): Promise<void> {
  const [file, ...args] = pnpmCommand(root);
  const attemptWith = (...flags: string[]): Promise<unknown> =>
    run(file, [...args, "install", "--frozen-lockfile", ...flags], {
      cwd: root,
      signal,
      timeout: INSTALL_LIMIT_MS,
      maxBuffer: OUTPUT_BYTES,
    });
  try {
    await attemptWith("--offline");
  } catch {
    signal.throwIfAborted();
    await attemptWith();
  }
}

async function attempt(
  ref: string,
  what: string,
  signal: AbortSignal,
  step: () => Promise<unknown>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    signal.throwIfAborted();
    const { stdout = "", stderr = "", message } = error as Partial<Record<string, string>>;
    const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim());
    const why = lines.findLast((line) => line !== "") ?? message;
    throw usageError(`Cannot compare with ${ref}: ${what}: ${why}`);
  }
}

/** Also while this process ends, when nothing but synchronous work is done. */
function forget(root: string, path: string): void {
  try {
    const { args, options } = gitCall(root, "worktree", "remove", "--force", path);
    execFileSync("git", args, { ...options, stdio: "ignore" });
  } catch {
    // It had not been added yet; or git is gone, and the folder is removed all the same.
  }
}
