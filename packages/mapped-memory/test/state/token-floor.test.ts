import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { claimName, openStateDirectory, ownPath, readFloor, reserveTokens } from "../../src/state/index.ts"; // prettier-ignore
import { errorOf, testDirectory, testState } from "./test-directory.ts";

describe("reserveTokens", () => {
  it("never reserves a token twice, nor one below what was asked", () => {
    const path = join(testState(), "tokens");
    expect(readFloor(path)).toBe(0);
    const first = reserveTokens(path);
    const second = reserveTokens(path);
    expect(first.above).toBe(0);
    expect(second.above).toBe(first.upTo);
    expect(reserveTokens(path, 10 ** 12).above).toBe(10 ** 12);
    expect(readFloor(path)).toBeGreaterThan(10 ** 12);
    expect(readdirSync(join(path, ".."))).toEqual(["tokens"]);
  });

  it.each(["", "12", "-1\n", "1.5\n", "1e9\n", `${2 ** 53}\n`, "9".repeat(40), "{}\n"])(
    "refuses the file %j instead of starting again",
    (text) => {
      const path = join(testState(), "tokens");
      writeFileSync(path, text, { mode: 0o600 });
      expect(errorOf(() => reserveTokens(path))).toMatchObject({ code: "LOCK_CORRUPT" });
      expect(readFileSync(path, "utf8")).toBe(text);
    },
  );

  it("comes to an end before a number does", () => {
    const path = join(testState(), "tokens");
    expect(errorOf(() => reserveTokens(path, 2 ** 52))).toMatchObject({ code: "LOCK_LIMIT" });
    expect(readFloor(path)).toBe(0);
  });
});

describe("a full file system", () => {
  const canMount = process.platform === "linux" && process.getuid?.() === 0;

  it("is LOCK_UNAVAILABLE, and what was there is as it was", () => {
    const parent = testDirectory();
    const full = join(parent, "full");
    mkdirSync(full, { mode: 0o700 });
    if (!canMount) return expect(errorOf(() => claimName("/proc", "orders", "ipc"))).toMatchObject({ code: "LOCK_UNAVAILABLE" }); // prettier-ignore
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=0700", "none", full]);
    expect(mounted.status, String(mounted.stderr)).toBe(0);
    onTestFinished(() => void spawnSync("umount", [full]));
    const directory = openStateDirectory(full);
    const { path } = claimName(directory, "orders", "ipc");
    const { upTo } = reserveTokens(`${path}.tokens`);
    const before = readdirSync(directory);
    expect(errorOf(() => writeFileSync(join(directory, "filler"), Buffer.alloc(100_000)))).toMatchObject({ code: "ENOSPC" }); // prettier-ignore

    const noRoom = { code: "LOCK_UNAVAILABLE", message: expect.stringContaining("is full") };
    expect(errorOf(() => claimName(directory, "new", "ipc"))).toMatchObject(noRoom);
    expect(errorOf(() => reserveTokens(`${path}.tokens`))).toMatchObject(noRoom);
    expect(readFloor(`${path}.tokens`)).toBe(upTo);
    expect(claimName(directory, "orders", () => "none").kind).toBe("ipc");
    expect(readdirSync(directory)).toEqual([...before, "filler"].toSorted());
    expect(ownPath(path).afterDeath).toBe(false); // an empty file needs no room
  });
});
