import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Checkout } from "../src/worktree/checkout.ts";
import { reasonIn } from "../src/worktree/reason-in.ts";

const LIMIT_MS = 120_000;

let folder: string;
let root: string;
let temporary: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
  [root, temporary] = [join(folder, "repository"), join(folder, "tmp")];
  mkdirSync(root);
  mkdirSync(temporary);
  vi.stubEnv("TMPDIR", temporary);
  vi.stubEnv("GIT_CONFIG_GLOBAL", "/dev/null");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function git(...args: string[]): string {
  const author = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"];
  return execFileSync("git", [...author, ...args], { cwd: root, encoding: "utf8" }).trim();
}

/** A repository with one commit of these files. */
function repositoryOf(files: Readonly<Record<string, string>>): void {
  git("init", "--quiet");
  commit(files);
}

function commit(files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
  git("add", "--all");
  git("commit", "--quiet", "--message", "A commit");
  return git("rev-parse", "HEAD");
}

const MANIFEST = JSON.stringify({ name: "x", private: true, packageManager: "pnpm@12.21.0" });
const WITH_LOCKFILE = { "package.json": MANIFEST, "pnpm-lock.yaml": "lockfileVersion: '9.0'\n" };

function open(
  ref = "HEAD",
  options: { signal?: AbortSignal; installLimitMs?: number } = {},
): Promise<Checkout> {
  const { signal } = new AbortController();
  return Checkout.open({ root, ref, signal, say: () => {}, ...options });
}

/** Other tools have temporary files of their own. */
function checkouts(): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith("ticketlock-"));
}

/** Why a checkout cannot be opened; nothing of it must be left. */
async function refusal(...args: Parameters<typeof open>): Promise<string> {
  const message = await open(...args).then(
    () => "none",
    (error: unknown) => (error as Error).message,
  );
  expect(checkouts()).toEqual([]);
  expect(message.split("\n")).toHaveLength(1);
  return message;
}

/** A pnpm of the right version in front of all others, which installs by this script. */
function installBy(script: string): void {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "pnpm"),
    `#!/bin/bash\nif [ "$1" = --version ]; then echo 12.21.0; exit; fi\n${script}\n`,
  );
  chmodSync(join(bin, "pnpm"), 0o755);
  vi.stubEnv("npm_execpath", "");
  vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
}

describe("Checkout", () => {
  test("checks a commit out, installs, and is gone when it is closed", async () => {
    repositoryOf(WITH_LOCKFILE);
    installBy("touch installed");
    const checkout = await open();
    expect(existsSync(join(checkout.root, "installed"))).toBe(true);
    expect(git("worktree", "list")).toContain(checkout.root);
    checkout.close();
    expect(checkouts()).toEqual([]);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
  });

  test("asks the registry where what is here does not suffice", async () => {
    repositoryOf(WITH_LOCKFILE);
    installBy('[[ "$*" != *--offline* ]]');
    (await open()).close();
  });

  test("removes what processes that were killed have left, and nobody else's", async () => {
    repositoryOf({ "package.json": MANIFEST });
    const head = git("rev-parse", "HEAD").slice(0, 12);
    const { pid: dead } = spawnSync("true");
    const [stale, gone, alive, foreign] = [
      `ticketlock-${head}-${dead}-0a0a0a0a`,
      `ticketlock-${head}-${dead}-1b1b1b1b`,
      `ticketlock-${head}-${process.pid}-0a0a0a0a`,
      "somebody-elses",
    ].map((name) => join(temporary, name)) as [string, string, string, string];
    for (const path of [stale, gone, alive, foreign]) git("worktree", "add", "--detach", path);
    git("worktree", "lock", stale); // as git leaves one that it was killed in the making of
    for (const path of [gone, foreign]) rmSync(path, { recursive: true });
    await expect(open()).rejects.toThrow("no pnpm-lock.yaml");
    const listed = git("worktree", "list");
    expect(listed).not.toContain(stale);
    expect(listed).not.toContain(gone);
    expect(listed).toContain(alive);
    expect(listed).toContain(foreign);
    expect(existsSync(stale)).toBe(false);
    expect(existsSync(alive)).toBe(true);
  });
});

describe("Checkout says why there is none", () => {
  test("where git knows no such commit", async () => {
    repositoryOf(WITH_LOCKFILE);
    for (const ref of ["no-such-branch", "--force", "0123456789".repeat(4)])
      expect(await refusal(ref)).toBe(
        `Cannot compare with ${ref}: git finds no such commit here. Name a branch, a tag or a commit that has been fetched.`,
      );
  });

  test("in a shallow clone, which may lack the commit", async () => {
    repositoryOf(WITH_LOCKFILE);
    const first = git("rev-parse", "HEAD");
    commit({ more: "" });
    const clone = join(folder, "clone");
    git("clone", "--quiet", "--depth", "1", `file://${root}`, clone);
    root = clone;
    for (const ref of [first, "HEAD~1"])
      expect(await refusal(ref)).toMatch(/this clone, which is shallow .*git fetch --unshallow/);
  });

  test("where there is no repository", async () => {
    expect(await refusal()).toMatch(/repository is no git repository, so it has no other commits/);
  });

  test("where git is not on PATH", async () => {
    repositoryOf(WITH_LOCKFILE);
    for (const path of ["", folder]) {
      vi.stubEnv("PATH", path);
      expect(await refusal()).toBe(
        `Cannot compare with HEAD: git is not installed, or not on PATH (${path}). Install it.`,
      );
    }
  });

  test("where the commit has no lockfile", async () => {
    repositoryOf({ "package.json": MANIFEST });
    expect(await refusal()).toMatch(/it has no pnpm-lock\.yaml/);
  });

  test(
    "where its lockfile is broken, by what pnpm itself says",
    { timeout: LIMIT_MS },
    async () => {
      repositoryOf({
        ...WITH_LOCKFILE,
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\nimporters: {{{\n",
      });
      expect(await refusal()).toMatch(
        /^Cannot compare with HEAD: its dependencies cannot be installed: ERR_PNPM_\w+ .*lockfile/,
      );
    },
  );

  test("where installing takes too long, not by the last line of its progress", async () => {
    repositoryOf(WITH_LOCKFILE);
    installBy("echo 'Progress: resolved 17, reused 3'; exec sleep 600");
    expect(await refusal("HEAD", { installLimitMs: 100 })).toBe(
      "Cannot compare with HEAD: its dependencies cannot be installed: pnpm took more than 0.1 s, and was stopped.",
    );
  });

  test("where neither pnpm nor npx is on PATH", async () => {
    repositoryOf(WITH_LOCKFILE);
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const git = execFileSync("which", ["git"], { encoding: "utf8" }).trim();
    writeFileSync(join(bin, "git"), `#!/bin/sh\nPATH=/usr/bin:/bin exec ${git} "$@"\n`);
    chmodSync(join(bin, "git"), 0o755);
    vi.stubEnv("npm_execpath", "");
    vi.stubEnv("PATH", bin);
    expect(await refusal()).toMatch(/cannot be installed: npx is not installed, or not on PATH/);
  });
});

describe("reasonIn", () => {
  test.each<[string, string, string]>([
    [
      "pnpm's fault with its cause",
      "Progress: resolved 3\nError: ERR_PNPM_OUTDATED\n\n  × resolve\n  ╰─▶ Cannot install because\n      it is old\n",
      "ERR_PNPM_OUTDATED resolve Cannot install because it is old",
    ],
    [
      "that of an older pnpm",
      "Scope: all\n ERR_PNPM_NO_OFFLINE_TARBALL  A package is missing\nThis error happened while\n",
      "ERR_PNPM_NO_OFFLINE_TARBALL A package is missing This error happened while",
    ],
    ["git's", "Preparing worktree\nfatal: could not create it\n", "fatal: could not create it"],
    ["npm's", "npm warn old\nnpm error code E404\n", "npm error code E404"],
    ["else the last line", "one\ntwo\n\n", "two"],
  ])("finds %s", (_, output, reason) => {
    expect(reasonIn(output)).toBe(reason);
  });

  test("is short, and nothing where nothing was printed", () => {
    expect(reasonIn(`fatal: ${"x".repeat(1_000)}`)).toHaveLength(300);
    expect(reasonIn(" \n\n")).toBeUndefined();
  });
});
