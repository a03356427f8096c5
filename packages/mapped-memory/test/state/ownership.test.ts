import { readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bootId, claimName, isSameProcess, mayLive, ownIdentity, ownPath, processStartTime } from "../../src/state/index.ts"; // prettier-ignore
import { kill, race } from "./racers.ts";
import { errorOf, testState } from "./test-directory.ts";

/** The name of the file that says who owns `path`. */
function ownerFile(directory: string): string {
  return readdirSync(directory).find((file) => /\.owner\.\d/.test(file))!;
}

describe("ownPath", () => {
  it("gives a path to one process, which owns it still when it asks again", () => {
    const directory = testState();
    expect(ownPath(join(directory, "x")).afterDeath).toBe(false);
    expect(ownPath(join(directory, "x")).afterDeath).toBe(false);
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it("has one owner when processes ask at once, while it lives, and one heir when it dies", async () => {
    const directory = testState();
    const names = Array.from({ length: 100 }, (_, i) => `path-${i}`);
    const racers = await race(directory, ["own", "own", "own"], names);
    const outcomes = await Promise.all(racers.map((racer) => racer.outcomes));
    for (const i of names.keys()) {
      const answers = outcomes.map((answer) => answer[i]).toSorted();
      expect(answers).toEqual(["LOCK_UNSUPPORTED", "LOCK_UNSUPPORTED", "owner"]);
    }
    expect(readdirSync(directory)).toHaveLength(2 * names.length);
    for (const racer of racers) await kill(racer);

    const heirs = await race(directory, ["own", "own", "own"], names);
    const inherited = await Promise.all(heirs.map((racer) => racer.outcomes));
    for (const i of names.keys()) {
      const answers = inherited.map((answer) => answer[i]).toSorted();
      expect(answers).toEqual(["LOCK_UNSUPPORTED", "LOCK_UNSUPPORTED", "after a death"]);
    }
  });

  it("leaves names whole and paths to be owned when processes are killed while they claim them", async () => {
    const names = Array.from({ length: 400 }, (_, i) => `orders-${i}`);
    for (let round = 0; round < 4; round++) {
      const directory = testState();
      const racers = await race(directory, ["own", "own", "mapped", "sqlite"], names);
      // Some have begun, and none is done: the moment is where the file system happens to be.
      const begun = (): boolean => readdirSync(directory).length > 40 * (round + 1);
      while (!begun()) await new Promise((resolve) => setImmediate(resolve));
      for (const racer of racers) await kill(racer);
      for (const name of names) {
        expect(["mapped", "sqlite", "ipc"]).toContain(claimName(directory, name, () => "ipc").kind);
        expect(typeof ownPath(join(directory, name)).afterDeath).toBe("boolean");
      }
    }
  });

  it("tells the next owner of a death, but not of an owner that gave it up", async () => {
    const directory = testState();
    const path = join(directory, "x");
    ownPath(path).giveUp();
    const again = ownPath(path);
    expect(again.afterDeath).toBe(false);
    again.giveUp();
    again.giveUp();
    const [racer] = await race(directory, ["own"], ["x"]);
    expect(await racer!.outcomes).toEqual(["owner"]);
    again.giveUp(); // is not ours any more
    expect(errorOf(() => ownPath(path))).toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringContaining(`process ${racer!.process.pid} keeps it, and lives`),
    });
    await kill(racer!);
    expect(ownPath(path).afterDeath).toBe(true);
  });

  it("counts no file but the one that the first owner made", () => {
    const directory = testState();
    const path = join(directory, "x");
    ownPath(path);
    const own = ownerFile(directory);
    // A loser's that crashed in between, and one that claims to come later.
    writeFileSync(join(directory, own.replace(/\.owner\.0\.\d+/, ".owner.0.1")), "", {
      mode: 0o600,
    });
    writeFileSync(join(directory, own.replace(/\.owner\.0\.\d+/, ".owner.7.1")), "", {
      mode: 0o600,
    });
    expect(ownPath(path).afterDeath).toBe(false);
  });

  it("takes over from a process of an earlier boot, or whose id another process has now", () => {
    for (const [what, instead] of [
      [bootId(), "00000000-0000-0000-0000-000000000000"],
      [`-${processStartTime(process.pid)}-`, "-1-"],
    ] as const) {
      const directory = testState();
      const path = join(directory, "x");
      ownPath(path);
      const own = ownerFile(directory);
      renameSync(join(directory, own), join(directory, own.replace(what, instead)));
      expect(ownPath(path).afterDeath).toBe(true);
    }
  });

  it("leaves a process of another PID namespace alone, which it cannot look for", () => {
    const directory = testState();
    ownPath(join(directory, "x"));
    const own = ownerFile(directory);
    renameSync(join(directory, own), join(directory, own.replace(/\d+$/, "42")));
    expect(errorOf(() => ownPath(join(directory, "x")))).toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringContaining("of another PID namespace"),
    });
  });

  it("refuses a link in the place of its file, and gives up where the owner's file is missing", () => {
    const directory = testState();
    const path = join(directory, "x");
    ownPath(path);
    rmSync(join(directory, ownerFile(directory)));
    expect(errorOf(() => ownPath(path))).toMatchObject({ code: "LOCK_UNAVAILABLE" });
    rmSync(`${path}.owner`);
    symlinkSync("/dev/null", `${path}.owner`);
    expect(errorOf(() => ownPath(path))).toMatchObject({ code: "LOCK_CORRUPT" });
  });
});

describe("mayLive", () => {
  it("tells a living process from a dead one, and from another of its id", async () => {
    const own = ownIdentity();
    expect(mayLive(own)).toBe(true);
    expect(isSameProcess(own, ownIdentity())).toBe(true);
    expect(mayLive({ ...own, startTime: "1" })).toBe(false);
    expect(mayLive({ ...own, bootId: "" })).toBe(false);
    const [racer] = await race(testState(), ["own"], []);
    await racer!.outcomes;
    const processId = racer!.process.pid!;
    const other = { ...own, processId, startTime: processStartTime(processId)! };
    expect(mayLive(other)).toBe(true);
    await kill(racer!);
    expect(mayLive(other)).toBe(false);
    expect(processStartTime(2 ** 22 + 1)).toBe(undefined);
  });
});
