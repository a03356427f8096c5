import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { describeEnvironment, dirtyFlag } from "../src/environment/environment.ts";

const folder = mkdtempSync(join(os.tmpdir(), "ticketlock-bench-test-"));

/** A commit with one file, in a repository that no setting of this machine reaches. */
function committed(name: string): { root: string; commit: string } {
  const root = join(folder, name);
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", root, "-c", "user.name=t", "-c", "user.email=t@t", ...args], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null" },
    }).trim();
  execFileSync("git", ["init", "--quiet", root]);
  writeFileSync(join(root, "file"), name);
  git("add", "file");
  git("-c", "commit.gpgsign=false", "commit", "--quiet", "-m", name);
  return { root, commit: git("rev-parse", "HEAD") };
}

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("describeEnvironment", () => {
  test("tells the commit of its tree, also within a hook of another one", () => {
    const own = committed("own");
    const other = committed("other");
    writeFileSync(join(other.root, "file"), "changed");
    vi.stubEnv("GIT_DIR", join(other.root, ".git"));
    vi.stubEnv("GIT_WORK_TREE", other.root);
    const { commit, dirty, cores } = describeEnvironment(own.root, [], { node: "26" });
    expect({ commit, dirty }).toEqual({ commit: own.commit, dirty: false });
    expect(cores).toBe(os.availableParallelism());
    expect(dirtyFlag(join(folder, "nothing"))).toBeNull();
  });

  test("tells flags, and of the variables those that change how runtimes work; no secret, and no path outside the tree", () => {
    const { root } = committed("third");
    vi.stubEnv(
      "NODE_OPTIONS",
      `--max-old-space-size=99 --import ${join(os.homedir(), "hook.mjs")}`,
    );
    vi.stubEnv("UV_THREADPOOL_SIZE", "9");
    vi.stubEnv("DENO_AUTH_TOKENS", "secret@example.org");
    vi.stubEnv("BUN_CONFIG_TOKEN", "secret");
    const argv = ["--out", join(os.homedir(), "mine"), "--preset", join(root, "x")];
    const flags = { "some-adapter": ["--expose-gc"] };
    const facts = describeEnvironment(root, argv, { node: "26" }, flags);
    expect(facts.flags).toEqual(flags);
    expect(facts.variables).toMatchObject({
      NODE_OPTIONS: "--max-old-space-size=99 --import <home>/hook.mjs",
      UV_THREADPOOL_SIZE: "9",
    });
    expect(facts.argv).toEqual(["--out", "<home>/mine", "--preset", "x"]);
    const text = JSON.stringify(facts);
    for (const word of ["secret", os.homedir() + "/", root]) expect(text).not.toContain(word);
  });
});
