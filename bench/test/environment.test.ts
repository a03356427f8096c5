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
});
