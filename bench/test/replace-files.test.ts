import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HalfReplacedError, replaceFiles } from "../src/cli/replace-files.ts";

let folder: string;
let from: string;
let to: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
  [from, to] = ["from", "to"].map((name) => join(folder, name)) as [string, string];
  for (const path of [from, to]) mkdirSync(path);
  for (const name of ["a", "b", "c"]) writeFileSync(join(from, name), "new");
  for (const name of ["a", "c", "old"]) writeFileSync(join(to, name), "old");
});
afterEach(() => rmSync(folder, { recursive: true }));

function contents(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(to).map((name) => [name, readFileSync(join(to, name), "utf8")]),
  );
}

/** A way to move files that works so many times. */
function failingAfter(times: number): typeof renameSync {
  let left = times;
  return (...paths) => {
    if (left-- <= 0) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    renameSync(...paths);
  };
}

describe("replaceFiles", () => {
  const names = ["a", "b", "c"];

  test("puts the new ones in place and takes those away that have no successor", () => {
    replaceFiles({ from, to, names, gone: ["old", "a", "never-there"] });
    expect(contents()).toEqual({ a: "new", b: "new", c: "new" });
  });

  test("puts the old ones back, and takes the new ones away, where the last cannot be moved", () => {
    const before = contents();
    const moves = failingAfter(2);
    let failed = false;
    const once: typeof renameSync = (...paths) => {
      if (failed) return renameSync(...paths);
      try {
        moves(...paths);
      } catch (error) {
        failed = true;
        throw error;
      }
    };
    expect(() => replaceFiles({ from, to, names, gone: ["old"] }, once)).toThrow("EIO");
    expect(failed).toBe(true);
    expect(contents()).toEqual(before);
  });

  test("says which are new where they cannot be put back", () => {
    let thrown: unknown;
    try {
      replaceFiles({ from, to, names, gone: [] }, failingAfter(2));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(HalfReplacedError);
    expect((thrown as HalfReplacedError).names).toEqual(["a"]);
    expect((thrown as HalfReplacedError).message).toBe("EIO: i/o error");
    expect(contents()).toEqual({ a: "new", c: "old", old: "old" });
  });
});
